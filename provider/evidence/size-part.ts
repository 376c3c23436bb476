import path from "node:path";
import type { PlatformMeasures } from "../../domain/evidence/measures.js";
import type { GateFailure, PlatformManifest } from "../../domain/evidence/types.js";
import { allowedGrowth, grownContents, judgeGrowth } from "../../domain/size/growth.js";
import { judgeSize } from "../../domain/size/judge.js";
import { type LayerHistory, largest, namedLayers } from "../../domain/size/layers.js";
import { growthSummary, type SizeReport, sizeReport } from "../../domain/size/report.js";
import type { ContentSize, PlatformSize } from "../../domain/size/types.js";
import type { Descriptor } from "../registry/descriptor.js";
import { readPlatforms } from "../registry/platforms.js";
import { readContents } from "../size/read-contents.js";
import { unpackedSize } from "../size/unpacked-size.js";
import type { Part, PartRequest } from "./part.js";

/**
 * What every platform weighs, against its budgets and beside the last release. What is in layers is looked at only where a
 * platform is too large.
 */
export async function sizePart(request: PartRequest): Promise<Part> {
  const { repository, platforms } = request.image;
  const [measured, last] = await Promise.all([measureAll(repository, platforms, request), lastRelease(request)]);
  const failures = measured.map((now) => {
    const before = last?.measured.find(({ size }) => size.platform === now.size.platform);
    return judge(now, before, request);
  });
  const report = sizeReport(
    measured.map(({ size }) => size),
    request.inputs.sizeBudget,
    last && { digest: last.digest, platforms: last.measured.map(({ size }) => size) },
  );
  const summary = growthSummary(report);
  return {
    predicates: [],
    failures: (await Promise.all(failures)).flat(),
    ...(summary === undefined ? {} : { summary }),
    measures: { platforms: measuresOf(report) },
    reports: new Map([["size.json", `${JSON.stringify(report, undefined, 2)}\n`]]),
  };
}

interface Measured {
  readonly repository: string;
  readonly size: PlatformSize;
  readonly layers: readonly Descriptor[];
}

function measureAll(
  repository: string,
  platforms: readonly PlatformManifest[],
  request: PartRequest,
): Promise<readonly Measured[]> {
  return Promise.all(platforms.map((platform) => measure(repository, platform, request)));
}

async function measure(
  repository: string,
  { platform, digest, size }: PlatformManifest,
  { client, root, signal }: PartRequest,
): Promise<Measured> {
  const { manifest } = await client.getManifest(repository, digest, signal);
  const { config, layers = [] } = manifest;
  const blob = config === undefined ? "{}" : (await client.getBlob(repository, config.digest, signal)).toString();
  const folder = path.join(root, ".factory", "layers");
  let unpacked: number | undefined = 0;
  // One after another: a platform's own layers are few, and all platforms and images are at it.
  for (const layer of layers) {
    const bytes = await unpackedSize(client, repository, layer, folder, signal);
    unpacked = bytes === undefined || unpacked === undefined ? undefined : unpacked + bytes;
  }
  const named = namedLayers(layers, JSON.parse(blob) as LayerHistory);
  const whole = { platform, size, ...(unpacked === undefined ? {} : { unpackedSize: unpacked }), layers: named };
  return { repository, size: whole, layers };
}

async function judge(
  now: Measured,
  before: Measured | undefined,
  request: PartRequest,
): Promise<readonly GateFailure[]> {
  const { sizeBudget, growthBudget } = request.inputs;
  const failures: GateFailure[] = [];
  if (sizeBudget !== undefined && now.size.size > sizeBudget) {
    failures.push(
      ...judgeSize(now.size, sizeBudget, await contentsOf({ ...now, layers: largest(now.layers, 3) }, request)),
    );
  }
  if (growthBudget === undefined || before === undefined) return failures;
  if (now.size.size - before.size.size <= allowedGrowth(before.size.size, growthBudget)) return failures;
  const fresh = await contentsOf({ ...now, layers: without(now.layers, before.layers) }, request);
  const gone = await contentsOf({ ...before, layers: without(before.layers, now.layers) }, request);
  return [...failures, ...judgeGrowth(now.size, before.size, growthBudget, grownContents(fresh, gone))];
}

function without(layers: readonly Descriptor[], others: readonly Descriptor[]): readonly Descriptor[] {
  return layers.filter(({ digest }) => !others.some((other) => other.digest === digest));
}

async function contentsOf(
  { repository, layers }: Pick<Measured, "repository" | "layers">,
  { client, signal }: PartRequest,
): Promise<readonly ContentSize[]> {
  return (await Promise.all(layers.map((layer) => readContents(client, repository, layer, signal)))).flat();
}

/** What the moving tag of this image's releases means now. */
async function lastRelease(request: PartRequest) {
  const { client, inputs, signal } = request;
  const { registry, name, releaseTag } = inputs;
  if (releaseTag === undefined) return undefined;
  const repository = `${registry}/${name}`;
  const found = await client.headManifest(repository, releaseTag, signal);
  if (found === undefined) return undefined;
  const platforms = await readPlatforms(client, repository, found.digest, signal);
  return { digest: found.digest, measured: await measureAll(repository, platforms, request) };
}

function measuresOf({ platforms }: SizeReport): readonly PlatformMeasures[] {
  return platforms.map(({ layers: _, ...measures }) => measures);
}
