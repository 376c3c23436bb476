import type { Attempt, Build, ImageState, StandsOn } from "../state/types.js";
import type { Contents } from "./contents.js";
import { toMs } from "./times.js";

/** A build, its bases as numbers of contents, parallel to the image's edges; 0 for one that it did not stand on. */
export interface KnownBuild {
  readonly digest: string;
  readonly contents: number;
  readonly on: readonly number[];
  readonly source: string | undefined;
}

export interface KnownAttempt {
  readonly on: readonly number[];
  readonly start: number;
  readonly end: number | undefined;
  readonly result: Attempt["result"];
}

/** What the state of a built image says, ready to be decided on. */
export interface BuiltHistory {
  /** What it was read from. */
  readonly state: ImageState;
  /** Oldest first. A history takes these and their index over from the one that it was read after, and adds to them. */
  readonly builds: readonly KnownBuild[];
  /** Indexes into them by `on`, written with blanks between. */
  readonly byBases: ReadonlyMap<string, readonly number[]>;
  /** Index of the build that is released; -1 without one. */
  readonly live: number;
  /** Those since the last that succeeded: with it everything before is settled. Oldest first. */
  readonly attempts: readonly KnownAttempt[];
}

/**
 * @param parents names of what the image stands on now, in the order of its edges
 * @param before what was read of it before: a history grows by one at a time, so most of it need not be read again
 */
export function readBuilt(
  state: ImageState,
  parents: readonly string[],
  contents: Contents,
  before: BuiltHistory | undefined,
): BuiltHistory {
  const align = (on: readonly StandsOn[]) => parents.map((name) => contentsOn(on, name, contents));
  const known = before?.state.builds ?? [];
  const all = state.builds ?? [];
  const isLonger = known.length <= all.length && known[known.length - 1] === all[known.length - 1];
  const old = isLonger ? before : undefined;
  const builds = (old?.builds ?? []) as KnownBuild[];
  const byBases = (old?.byBases ?? new Map()) as Map<string, number[]>;
  for (let index = builds.length; index < all.length; index += 1) {
    const { digest, source, on } = all[index] as Build;
    const bases = align(on);
    builds.push({ digest, contents: contents.of(digest), on: bases, source });
    const key = bases.join(" ");
    const others = byBases.get(key);
    if (others === undefined) byBases.set(key, [index]);
    else others.push(index);
  }
  let first = state.attempts.length;
  while (first > 0 && state.attempts[first - 1]?.result !== "succeeded") first -= 1;
  const attempts = state.attempts.slice(first).map(({ on, start, end, result }) => ({
    on: align(on ?? []),
    start: toMs(start),
    end: end === undefined ? undefined : toMs(end),
    result,
  }));
  return { state, builds, byBases, live: releasedBuild(state), attempts };
}

/**
 * Indexes of the builds of the latest files that stand on these bases, the latest first. While a rebuild runs, every look asks
 * that of a history of hundreds.
 */
export function buildsOn({ builds, byBases }: BuiltHistory, bases: readonly number[]): readonly number[] {
  const found = byBases.get(bases.join(" "));
  if (found === undefined) return [];
  const source = builds[builds.length - 1]?.source;
  return found.filter((index) => builds[index]?.source === source).reverse();
}

/** Index of the latest build with the adopted digest; -1 without one. */
export function releasedBuild({
  adopted,
  builds = [],
}: Pick<ImageState, "adopted"> & { readonly builds?: readonly Build[] }): number {
  if (adopted === undefined) return -1;
  let index = builds.length - 1;
  while (index >= 0 && builds[index]?.digest !== adopted.digest) index -= 1;
  return index;
}

function contentsOn(on: readonly StandsOn[], name: string, contents: Contents): number {
  const entry = on.find(({ image }) => image === name);
  return entry === undefined ? 0 : contents.of(entry.digest);
}

export function sameNumbers(left: readonly number[], right: readonly number[]): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1) {
    if (left[index] !== right[index]) return false;
  }
  return true;
}
