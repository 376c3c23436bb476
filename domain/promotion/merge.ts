import type { PromotedRelease } from "./types.js";

/** What a stack has released, as it would be entered. */
export type ReleaseFound = Omit<PromotedRelease, "promoted" | "rolledBack">;

/** One image whose entry changes. */
export interface PromotionChange {
  readonly image: string;
  /** Absent for an image that was not promoted before. */
  readonly from?: string;
  readonly to: string;
  readonly version?: string;
}

export interface MergedPromotions {
  readonly releases: readonly PromotedRelease[];
  readonly changes: readonly PromotionChange[];
  /** Images that stay where they are, since they were rolled back from what is released now; with the reason. */
  readonly held: readonly { readonly image: string; readonly digest: string; readonly reason: string }[];
}

/**
 * Enters releases into a file. An image at the digest that it has already keeps its entry as it is; others are not touched.
 *
 * @param now ISO 8601, UTC, seconds
 */
export function mergePromotions(
  current: readonly PromotedRelease[],
  found: readonly ReleaseFound[],
  now: string,
): MergedPromotions {
  const releases = new Map(current.map((release) => [release.image, release]));
  const changes: PromotionChange[] = [];
  const held: MergedPromotions["held"][number][] = [];
  for (const release of found) {
    const { image, digest, version } = release;
    const before = releases.get(image);
    if (before?.digest === digest) continue;
    const withdrawn = before?.rolledBack?.find((each) => each.digest === digest);
    if (withdrawn !== undefined) {
      held.push({ image, digest, reason: withdrawn.reason });
      continue;
    }
    const { rolledBack } = before ?? {};
    releases.set(image, { ...release, promoted: now, ...(rolledBack === undefined ? {} : { rolledBack }) });
    changes.push({
      image,
      to: digest,
      ...(before === undefined ? {} : { from: before.digest }),
      ...(version === undefined ? {} : { version }),
    });
  }
  return { releases: [...releases.values()], changes, held };
}
