import type { ReleaseFound } from "./merge.js";
import type { PromotedRelease, WithdrawnRelease } from "./types.js";

/** Puts the entry of an image back to an earlier release; the digest that it leaves is not promoted again. */
export function withdraw(
  current: PromotedRelease,
  target: ReleaseFound,
  { reason, by, at }: Omit<WithdrawnRelease, "digest">,
): PromotedRelease {
  // Somebody who goes back to what was left before has found it good after all.
  const before = (current.rolledBack ?? []).filter(({ digest }) => digest !== target.digest);
  return { ...target, promoted: at, rolledBack: [...before, { digest: current.digest, reason, by, at }] };
}
