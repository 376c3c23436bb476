import type { PlatformManifest } from "../../domain/evidence/types.js";
import { judgeSize } from "../../domain/size/judge.js";
import { type LayerHistory, largest, namedLayers } from "../../domain/size/layers.js";
import { growthSummary, type LastRelease, sizeReport } from "../../domain/size/report.js";
import type { ContentSize, PlatformSize } from "../../domain/size/types.js";
import type { Descriptor } from "../registry/descriptor.js";
import { readPlatforms } from "../registry/platforms.js";
import { readContents } from "../size/read-contents.js";
import type { Part, PartRequest } from "./part.js";

/** What every platform weighs, against its budget and beside the last release. Layers are read only where one is too large. */
export async function sizePart(request: PartRequest): Promise<Part> {
  const { sizeBudget } = request.inputs;
  const [measured, last] = await Promise.all([
    Promise.all(request.image.platforms.map((manifest) => measure(manifest, request))),
    lastRelease(request),
  ]);
  const failures = measured.map(async ({ size, layers }) => {
    if (sizeBudget === undefined || size.size <= sizeBudget) return [];
    return judgeSize(size, sizeBudget, await contentsOf(largest(layers, 3), request));
  });
  const report = sizeReport(
    measured.map(({ size }) => size),
    sizeBudget,
    last,
  );
  const summary = growthSummary(report);
  return {
    predicates: [],
    failures: (await Promise.all(failures)).flat(),
    ...(summary === undefined ? {} : { summary }),
    reports: new Map([["size.json", `${JSON.stringify(report, undefined, 2)}\n`]]),
  };
}

interface Measured {
  readonly size: PlatformSize;
  readonly layers: readonly Descriptor[];
}

async function measure(
  { platform, digest, size }: PlatformManifest,
  { client, image: { repository }, signal }: PartRequest,
): Promise<Measured> {
  const { manifest } = await client.getManifest(repository, digest, signal);
  const { config, layers = [] } = manifest;
  const blob = config === undefined ? "{}" : (await client.getBlob(repository, config.digest, signal)).toString();
  return { size: { platform, size, layers: namedLayers(layers, JSON.parse(blob) as LayerHistory) }, layers };
}

async function contentsOf(
  layers: readonly Descriptor[],
  { client, image: { repository }, signal }: PartRequest,
): Promise<readonly ContentSize[]> {
  return (await Promise.all(layers.map((layer) => readContents(client, repository, layer, signal)))).flat();
}

/** What the moving tag of this image's releases means now. */
async function lastRelease({ client, inputs, signal }: PartRequest): Promise<LastRelease | undefined> {
  const { registry, name, releaseTag } = inputs;
  if (releaseTag === undefined) return undefined;
  const repository = `${registry}/${name}`;
  const found = await client.headManifest(repository, releaseTag, signal);
  if (found === undefined) return undefined;
  return { digest: found.digest, platforms: await readPlatforms(client, repository, found.digest, signal) };
}
