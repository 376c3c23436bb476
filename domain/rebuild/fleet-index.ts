import type { BuiltImage, Fleet, WatchedImage } from "./types.js";

/** A fleet as numbers: watched images first, by name, then built ones in their order. */
export interface FleetIndex {
  readonly watched: readonly WatchedImage[];
  /** Parallel to the numbers from `watched.length` on. */
  readonly built: readonly BuiltImage[];
  readonly names: readonly string[];
  readonly numbers: ReadonlyMap<string, number>;
  /** What `built[at]` stands on: `parents` from `starts[at]` to `starts[at + 1]`, its edges. */
  readonly starts: Int32Array;
  readonly parents: Int32Array;
}

/** @throws RangeError where an image comes before one that it stands on */
export function indexFleet({ built, ...fleet }: Fleet): FleetIndex {
  const watched = fleet.watched.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  const names: string[] = [];
  const numbers = new Map<string, number>();
  const add = (name: string) => {
    numbers.set(name, names.length);
    names.push(name);
  };
  for (const { name } of watched) add(name);
  for (const { id } of built) add(id);
  const starts = new Int32Array(built.length + 1);
  const parents: number[] = [];
  for (const [at, { id, bases }] of built.entries()) {
    for (const base of bases) {
      const number = numbers.get(base);
      if (number === undefined) continue;
      if (number >= watched.length + at) throw new RangeError(`${id} comes before ${base}, which it stands on`);
      parents.push(number);
    }
    starts[at + 1] = parents.length;
  }
  return { watched, built, names, numbers, starts, parents: Int32Array.from(parents) };
}
