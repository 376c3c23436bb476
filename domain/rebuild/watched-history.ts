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
  /** What it was read from; undefined where nothing is known. */
  readonly state: ImageState | undefined;
  /** By first sight. */
  readonly candidates: readonly Candidate[];
  /** Index of the adopted one; -1 without one. */
  readonly adopted: number;
  /** When it was adopted, in milliseconds. */
  readonly adoptedAt: number;
}

export const NO_HISTORY: WatchedHistory = { state: undefined, candidates: [], adopted: -1, adoptedAt: 0 };

/** @param before what was read of it before: most states differ from it only in what is adopted */
export function readWatched(state: ImageState, contents: Contents, before: WatchedHistory): WatchedHistory {
  const { ledger, again, rejected, adopted } = state;
  const known = before.state;
  const isKnown = known?.ledger === ledger && known.again === again && known.rejected === rejected;
  const candidates = isKnown ? before.candidates : readCandidates(state, contents, before);
  return {
    state,
    candidates,
    adopted: candidates.findLastIndex(({ digest }) => digest === adopted?.digest),
    adoptedAt: adopted === undefined ? 0 : toMs(adopted.at),
  };
}

function readCandidates({ ledger, again = [], rejected }: ImageState, contents: Contents, before: WatchedHistory) {
  const position = new Map(again.length === 0 ? [] : ledger.map(({ digest }, index) => [digest, index]));
  const barred = new Set(rejected?.map(({ digest }) => digest));
  return ledger.map((entry, index) => {
    const { digest, tag, firstSeen } = entry;
    const known = before.state?.ledger[index] === entry ? before.candidates[index] : undefined;
    return {
      digest,
      contents: known?.contents ?? contents.of(digest),
      seen: known?.seen ?? toMs(firstSeen),
      withdrawn: again.length > 0 && isWithdrawn(tag, digest, firstSeen, index),
      rejected: barred.has(digest),
    };
  });

  /** Whether the tag went back to something older since the digest was last seen. */
  function isWithdrawn(tag: string, digest: string, firstSeen: string, index: number): boolean {
    const last = again.findLast((entry) => entry.digest === digest)?.seen ?? firstSeen;
    return again.some(
      (entry) => entry.tag === tag && entry.seen > last && (position.get(entry.digest) ?? index) < index,
    );
  }
}

/** What is to be adopted next, if anything, and when the next digest will have soaked. */
export interface Choice {
  readonly next: { readonly index: number; readonly proof?: Difference } | undefined;
  /** In milliseconds; the first digest that is still soaking. */
  readonly due: number | undefined;
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
  return { next, due };
}

/** Something serious is fixed, and nothing else has changed. */
function isProof({ fixed, unrelated }: Difference): boolean {
  return unrelated.length === 0 && fixed.some(({ severity }) => severity === "HIGH" || severity === "CRITICAL");
}

/** The latest of what has been adopted before that may still be used; -1 without one. */
export function lastGood(
  { state, candidates, adopted }: WatchedHistory,
  isBanned: (digest: string) => boolean,
): number {
  const places = new Map(candidates.map(({ digest }, index) => [digest, index]));
  for (const { to = "" } of state?.updates.toReversed() ?? []) {
    const index = places.get(to) ?? -1;
    const candidate = candidates[index];
    if (candidate === undefined || index === adopted || candidate.rejected || isBanned(candidate.digest)) continue;
    return index;
  }
  return -1;
}
