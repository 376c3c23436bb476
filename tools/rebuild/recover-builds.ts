import { parseImageName, repositoryName } from "../../domain/dockerfile/image-name.js";
import type { VariantNode } from "../../domain/graph/types.js";
import { toInstant } from "../../domain/rebuild/times.js";
import { historyOf, parseHistoryTag } from "../../domain/release/history.js";
import type { Settings } from "../../domain/settings/types.js";
import { adopt, built } from "../../domain/state/transitions.js";
import type { ImageState, StandsOn } from "../../domain/state/types.js";
import { materialsOf } from "../../domain/verification/materials.js";
import { provenancesIn } from "../../domain/verification/provenance.js";
import { contentsOfPlatforms } from "../../domain/watch/contents.js";
import type { RegistryClient } from "../../provider/registry/client.js";
import { readPlatforms } from "../../provider/registry/platforms.js";
import { readAttachments } from "../../provider/verify/read-attachments.js";

/** One release as the registry remembers it. */
interface Remembered {
  readonly build: NonNullable<ImageState["builds"]>[number];
  readonly platforms: readonly string[];
}

/**
 * The state of an image that knows of no build, from the history of its releases in the registry: which digests, when, and by
 * their signed provenance on what. The last one is what it means now. A release without provenance is left out.
 *
 * @param keys public keys (PEM) that count
 */
export async function recoverBuilds(
  client: RegistryClient,
  { registry, channel }: Pick<Settings, "registry" | "channel">,
  node: VariantNode,
  state: ImageState,
  keys: readonly string[],
): Promise<ImageState> {
  const repository = `${registry}/${node.id}`;
  const existing = await client.listTags(repository);
  const head = historyOf(channel, existing).length > 0 ? channel : "latest";
  let next = state;
  for (const name of historyOf(head, existing).toReversed()) {
    const digest = (await client.headManifest(repository, name))?.digest;
    const at = toInstant(parseHistoryTag(name)?.time ?? 0);
    const found =
      digest === undefined ? undefined : await remember(client, registry, node, { repository, digest, at }, keys);
    if (found === undefined) continue;
    const { build, platforms } = found;
    const cause = "its release stands in the registry";
    next = adopt(built(next, build, head, platforms), { digest: build.digest, tag: head, platforms, at, cause });
  }
  return next;
}

async function remember(
  client: RegistryClient,
  registry: string,
  node: VariantNode,
  { repository, digest, at }: { readonly repository: string; readonly digest: string; readonly at: string },
  keys: readonly string[],
): Promise<Remembered | undefined> {
  const [found, attachments] = await Promise.all([
    readPlatforms(client, repository, digest),
    readAttachments(client, repository, digest, keys),
  ]);
  const provenances = provenancesIn(attachments);
  if (provenances.length === 0) return undefined;
  const names = namesOf(registry, node);
  const on = new Map<string, string>();
  const materials = new Set(found.map((each) => each.digest));
  for (const material of materialsOf(provenances)) {
    if (material.kind !== "image") continue;
    const name = names.get(material.repository);
    if (name === undefined) materials.add(material.digest);
    else on.set(name, material.digest);
  }
  const bases = [...on].map(([image, base]): StandsOn => ({ image, digest: base }));
  return {
    build: {
      digest,
      contents: contentsOfPlatforms(found),
      on: bases.sort((left, right) => (left.image < right.image ? -1 : 1)),
      materials: [...materials].sort(),
      at,
    },
    platforms: found.map(({ platform }) => platform).sort(),
  };
}

/** What the repositories of its materials are called in states. */
function namesOf(registry: string, { dependencies }: VariantNode): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const dependency of dependencies) {
    if (dependency.kind === "managed") names.set(`${registry}/${dependency.id}`, dependency.id);
    if (dependency.kind !== "external") continue;
    const parsed = parseImageName(dependency.name);
    if (parsed !== undefined) names.set(repositoryName(parsed), dependency.name);
  }
  return names;
}
