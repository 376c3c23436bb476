import type { Attempt, Build, ImageState, StandsOn } from "../state/types.js";
import type { Contents } from "./contents.js";
import { toMs } from "./times.js";

/** A build, its bases as numbers parallel to the image's parents; 0 for one that it did not stand on. */
export interface KnownBuild {
  readonly digest: string;
  readonly contents: number;
  readonly on: readonly number[];
  readonly build: Build;
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
  /** Index of the build that is released: the latest with the adopted digest; -1 without one. */
  readonly live: number;
  readonly attempts: readonly KnownAttempt[];
}

/** @param parents names of what the image stands on now, in the order of the index */
export function readBuilt(state: ImageState, parents: readonly string[], contents: Contents): BuiltHistory {
  const builds = (state.builds ?? []).map((build) => ({
    digest: build.digest,
    contents: contents.of(build.digest),
    on: align(build.on, parents, contents),
    build,
  }));
  const { adopted } = state;
  return {
    builds,
    live: adopted === undefined ? -1 : builds.findLastIndex(({ digest }) => digest === adopted.digest),
    attempts: state.attempts.map(({ on, start, end, result }) => ({
      on: align(on ?? [], parents, contents),
      start: toMs(start),
      ...(end === undefined ? {} : { end: toMs(end) }),
      ...(result === undefined ? {} : { result }),
    })),
  };
}

function align(on: readonly StandsOn[], parents: readonly string[], contents: Contents): readonly number[] {
  return parents.map((name) => {
    const entry = on.find(({ image }) => image === name);
    return entry === undefined ? 0 : contents.of(entry.digest);
  });
}

export function sameNumbers(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((number, index) => number === right[index]);
}
