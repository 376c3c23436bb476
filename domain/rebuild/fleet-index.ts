import type { BuiltImage, Fleet, WatchedImage } from "./types.js";

/**
 * A fleet as numbers: watched images first, by name, then built ones, each after all that it stands on. The same fleet in any
 * order gives the same numbers.
 */
export interface FleetIndex {
  readonly watched: readonly WatchedImage[];
  /** Parallel to the numbers from `watched.length` on. */
  readonly built: readonly BuiltImage[];
  readonly names: readonly string[];
  readonly numbers: ReadonlyMap<string, number>;
  /** What `built[i]` stands on: `parents` from `starts[i]` to `starts[i + 1]`. */
  readonly starts: Int32Array;
  readonly parents: Int32Array;
}

/** @throws RangeError for images that stand on themselves: a graph without cycles is the caller's duty */
export function indexFleet(fleet: Fleet): FleetIndex {
  const watched = fleet.watched.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  const built = orderBuilt(fleet.built);
  const names = [...watched.map(({ name }) => name), ...built.map(({ id }) => id)];
  const numbers = new Map(names.map((name, number) => [name, number]));
  const starts = new Int32Array(built.length + 1);
  const parents: number[] = [];
  for (const [index, { bases }] of built.entries()) {
    for (const base of bases) {
      const number = numbers.get(base);
      if (number !== undefined) parents.push(number);
    }
    starts[index + 1] = parents.length;
  }
  return { watched, built, names, numbers, starts, parents: Int32Array.from(parents) };
}

/** By wave, then by id. */
function orderBuilt(images: readonly BuiltImage[]): readonly BuiltImage[] {
  const sorted = images.toSorted((left, right) => (left.id < right.id ? -1 : 1));
  const position = new Map(sorted.map(({ id }, index) => [id, index]));
  const children: number[][] = sorted.map(() => []);
  const missing = new Int32Array(sorted.length);
  for (const [index, { bases }] of sorted.entries()) {
    for (const base of bases) {
      const parent = position.get(base);
      if (parent === undefined) continue;
      children[parent]?.push(index);
      missing[index] = (missing[index] ?? 0) + 1;
    }
  }
  const ordered: BuiltImage[] = [];
  let wave = [...sorted.keys()].filter((index) => missing[index] === 0);
  while (wave.length > 0) {
    const next: number[] = [];
    for (const index of wave) {
      const image = sorted[index];
      if (image !== undefined) ordered.push(image);
      for (const child of children[index] ?? []) {
        const left = (missing[child] ?? 0) - 1;
        missing[child] = left;
        if (left === 0) next.push(child);
      }
    }
    wave = next.sort((left, right) => left - right);
  }
  if (ordered.length < sorted.length) {
    const circular = sorted.filter((_, index) => (missing[index] ?? 0) > 0).map(({ id }) => id);
    throw new RangeError(`these images stand on themselves, or on one that does: ${circular.join(", ")}`);
  }
  return ordered;
}
