import type { Catalogue, Platform } from "../catalogue/types.js";
import { fullName, type ImageName, repositoryName } from "../dockerfile/image-name.js";
import type { ImageGraph } from "../graph/types.js";
import { adopt, newState, observe } from "../state/transitions.js";
import type { ImageState, Warehouse } from "../state/types.js";

/** A digest as a registry shows it. */
export interface Candidate {
  readonly digest: string;
  /** Sorted; empty where the digest is a single manifest whose platform is not known. */
  readonly platforms: readonly Platform[];
}

/** The platforms for which images build on a name; the stack's where none does yet. Sorted. */
export function neededPlatforms(
  name: string,
  { nodes }: Pick<ImageGraph, "nodes">,
  stackPlatforms: readonly Platform[],
): readonly Platform[] {
  const needed = new Set<Platform>();
  for (const { image, dependencies } of nodes) {
    if (!dependencies.some((dependency) => dependency.kind === "external" && dependency.name === name)) continue;
    for (const platform of image.platforms) needed.add(platform);
  }
  return [...(needed.size === 0 ? new Set(stackPlatforms) : needed)].sort();
}

/** Where later digests are looked for: as `images.yaml` says, else the very tag that is written. */
export function warehouseOf(image: ImageName, { externals }: Pick<Catalogue, "externals">): Warehouse {
  const repoURL = repositoryName(image);
  const enrolled = externals.find((external) => external.repoURL === repoURL);
  const tag = image.tag === undefined ? undefined : `^${image.tag.replace(/[.+]/g, "\\$&")}$`;
  const allowTags = enrolled?.allowTags ?? tag;
  return {
    repoURL,
    ...(allowTags === undefined ? {} : { allowTags }),
    ...(enrolled?.platform === undefined ? {} : { platform: enrolled.platform }),
  };
}

/**
 * The state after a person has pinned a name to a digest: seen and adopted at once, without a soak.
 *
 * @param at ISO 8601, UTC, seconds
 */
export function pinState(
  image: ImageName & { readonly tag: string },
  known: ImageState | undefined,
  warehouse: Warehouse,
  { digest, platforms }: Candidate,
  at: string,
): ImageState {
  const state = { ...(known ?? newState(fullName(image), "external")), warehouse };
  const seen = observe(state, { digest, tag: image.tag, platforms, firstSeen: at, how: "pin" });
  return adopt(seen, { digest, tag: image.tag, platforms, at, cause: "pinned by hand" });
}
