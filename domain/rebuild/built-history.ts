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
  readonly end?: number;
  readonly result?: NonNullable<Attempt["result"]>;
}

/** What the state of a built image says, ready to be decided on. */
export interface BuiltHistory {
  /** Oldest first. */
  readonly builds: readonly KnownBuild[];
  /** Index of the build that is released; -1 without one. */
  readonly live: number;
  /** Those since the last that succeeded: with it everything before is settled. Oldest first. */
  readonly attempts: readonly KnownAttempt[];
}

export const NEVER_BUILT: BuiltHistory = { builds: [], live: -1, attempts: [] };

/**
 * @param parents names of what the image stands on now, in the order of its edges
 * @param read builds read before: a history grows by one at a time
 */
export function readBuilt(
  state: ImageState,
  parents: readonly string[],
  contents: Contents,
  read: WeakMap<Build, KnownBuild>,
): BuiltHistory {
  const align = (on: readonly StandsOn[]) => parents.map((name) => contentsOn(on, name, contents));
  const builds = (state.builds ?? []).map((build) => {
    let known = read.get(build);
    if (known === undefined) {
      const { digest, source, on } = build;
      known = { digest, contents: contents.of(digest), on: align(on), source };
      read.set(build, known);
    }
    return known;
  });
  const since = state.attempts.slice(state.attempts.findLastIndex(({ result }) => result === "succeeded") + 1);
  const attempts = since.map(({ on, start, end, result }) => ({
    on: align(on ?? []),
    start: toMs(start),
    ...(end === undefined ? {} : { end: toMs(end) }),
    ...(result === undefined ? {} : { result }),
  }));
  return { builds, live: releasedBuild(state), attempts };
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
  return left.length === right.length && left.every((number, index) => number === right[index]);
}
