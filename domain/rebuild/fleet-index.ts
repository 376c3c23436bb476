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
  /** What stands on a number: `children` from `childStarts` of it to that of the next, numbers in their order. */
  readonly childStarts: Int32Array;
  readonly children: Int32Array;
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
  const edges = { starts, parents: Int32Array.from(parents) };
  return { watched, built, names, numbers, ...edges, ...turn(edges, names.length) };
}

/** The same edges from the other end. */
function turn({ starts, parents }: Pick<FleetIndex, "starts" | "parents">, count: number) {
  const childStarts = new Int32Array(count + 1);
  for (const parent of parents) childStarts[parent + 1] = (childStarts[parent + 1] ?? 0) + 1;
  for (let number = 0; number < count; number += 1) {
    childStarts[number + 1] = (childStarts[number + 1] ?? 0) + (childStarts[number] ?? 0);
  }
  const children = new Int32Array(parents.length);
  const next = childStarts.slice();
  const first = count - (starts.length - 1);
  for (let at = 0; at < starts.length - 1; at += 1) {
    for (let edge = starts[at] ?? 0; edge < (starts[at + 1] ?? 0); edge += 1) {
      const parent = parents[edge] ?? 0;
      const place = next[parent] ?? 0;
      children[place] = first + at;
      next[parent] = place + 1;
    }
  }
  return { childStarts, children };
}
