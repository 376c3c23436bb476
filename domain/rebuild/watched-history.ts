import type { ImageState } from "../state/types.js";
import type { Contents } from "./contents.js";
import { toMs } from "./times.js";
import type { Difference } from "./types.js";

/** A digest of a watched image, as far as the engine looks at it. */
export interface Candidate {
  readonly digest: string;
  readonly contents: number;
  /** When we saw it first, in milliseconds. */
  readonly seen: number;
  /** Its publisher went back to an older one, and has not come back to it. */
  readonly withdrawn: boolean;
  /** Nothing could be built on it. */
  readonly rejected: boolean;
}

/** What the state of a watched image says, ready to be decided on. */
export interface WatchedHistory {
  /** By first sight. */
  readonly candidates: readonly Candidate[];
  /** Index of the adopted one; -1 without one. */
  readonly adopted: number;
  /** When it was adopted, in milliseconds. */
  readonly adoptedAt: number;
  /** Indexes of what has been adopted before, the latest last. */
  readonly former: readonly number[];
}

export const NO_HISTORY: WatchedHistory = { candidates: [], adopted: -1, adoptedAt: 0, former: [] };

export function readWatched(state: ImageState, contents: Contents): WatchedHistory {
  const position = new Map(state.ledger.map(({ digest }, index) => [digest, index]));
  const rejected = new Set(state.rejected?.map(({ digest }) => digest));
  const { again = [] } = state;
  const candidates = state.ledger.map(({ digest, tag, firstSeen }, index) => ({
    digest,
    contents: contents.of(digest),
    seen: toMs(firstSeen),
    withdrawn: again.length > 0 && isWithdrawn(tag, digest, firstSeen, index),
    rejected: rejected.has(digest),
  }));
  return { candidates, ...adoptionOf(state, position) };

  /** Whether the tag went back to something older since the digest was last seen. */
  function isWithdrawn(tag: string, digest: string, firstSeen: string, index: number): boolean {
    const last = again.findLast((entry) => entry.digest === digest)?.seen ?? firstSeen;
    return again.some(
      (entry) => entry.tag === tag && entry.seen > last && (position.get(entry.digest) ?? index) < index,
    );
  }
}

function adoptionOf({ adopted, updates }: ImageState, position: ReadonlyMap<string, number>) {
  const former: number[] = [];
  for (const { to } of updates) {
    const index = to === undefined ? undefined : position.get(to);
    if (index !== undefined) former.push(index);
  }
  return {
    adopted: adopted === undefined ? -1 : (position.get(adopted.digest) ?? -1),
    adoptedAt: adopted === undefined ? 0 : toMs(adopted.at),
    former,
  };
}

/** What is to be adopted next, if anything, and when the next digest will have soaked. */
export interface Choice {
  readonly next?: { readonly index: number; readonly proof?: Difference };
  /** In milliseconds; the first digest that is still soaking. */
  readonly due?: number;
}

/**
 * The newest digest that has fully soaked, or that is proved to fix something and nothing else. Newer ones that are still
 * soaking do not hold it back: a base that is published every day would never be adopted.
 */
export function chooseNext(
  { candidates, adopted }: WatchedHistory,
  delayMs: number,
  differenceOf: (from: string, to: string) => Difference | undefined,
  isBanned: (digest: string) => boolean,
  now: number,
): Choice {
  const current = candidates[adopted];
  let next: Choice["next"];
  let due: number | undefined;
  for (let index = candidates.length - 1; index > adopted; index -= 1) {
    const candidate = candidates[index];
    if (candidate === undefined || candidate.withdrawn || candidate.rejected || isBanned(candidate.digest)) continue;
    if (candidate.contents === current?.contents) continue;
    const soaked = candidate.seen + delayMs;
    if (soaked > now) due = Math.min(due ?? soaked, soaked);
    if (next !== undefined) continue;
    if (soaked <= now) {
      next = { index };
      continue;
    }
    const proof = current === undefined ? undefined : differenceOf(current.digest, candidate.digest);
    if (proof !== undefined && isProof(proof)) next = { index, proof };
  }
  return { ...(next === undefined ? {} : { next }), ...(due === undefined ? {} : { due }) };
}

/** Something serious is fixed, and nothing else has changed. */
function isProof({ fixed, unrelated }: Difference): boolean {
  return unrelated.length === 0 && fixed.some(({ severity }) => severity === "HIGH" || severity === "CRITICAL");
}

/** The latest of what has been adopted before that may still be used; -1 without one. */
export function lastGood(
  { candidates, former, adopted }: WatchedHistory,
  isBanned: (digest: string) => boolean,
): number {
  const index = former.findLast((each) => {
    const candidate = candidates[each];
    return each !== adopted && candidate !== undefined && !candidate.rejected && !isBanned(candidate.digest);
  });
  return index ?? -1;
}
