import type { KnownBuild } from "./built-history.js";
import type { Knowledge } from "./knowledge.js";
import type { Pass } from "./pass.js";
import { isActive, Standing } from "./standing.js";

/** How far a pass found the present generation of each watched image, by its number. */
export interface Progress {
  /** An image that is still to be rebuilt because of it; -1 without one. */
  readonly unfinished: Int32Array;
  /** Nothing can be built on it: all who stand on it directly and tried have given up. */
  readonly broken: readonly boolean[];
}

export function progressOf(knowledge: Knowledge, pass: Pass): Progress {
  const { watched, built, starts, parents } = knowledge.index;
  const unfinished = new Int32Array(watched.length).fill(-1);
  const gaveUp = new Int32Array(watched.length);
  const others = new Int32Array(watched.length);
  const origins = new Origins(knowledge);
  for (let at = 0; at < built.length; at += 1) {
    const number = watched.length + at;
    const standing: Standing = pass.standings[number] ?? Standing.Settled;
    for (let edge = starts[at] ?? 0; edge < (starts[at + 1] ?? 0); edge += 1) {
      const parent = parents[edge] ?? 0;
      const changed = standing !== Standing.Settled && knowledge.builtOn[edge] !== pass.contents[parent];
      if (parent < watched.length) {
        if (changed && standing === Standing.GaveUp) gaveUp[parent] = (gaveUp[parent] ?? 0) + 1;
        // Who is held has not tried: it speaks neither for the digest nor against it.
        else if (!changed || standing < Standing.Recalled) others[parent] = (others[parent] ?? 0) + 1;
      }
      if (!changed || !isActive(standing)) continue;
      for (const origin of parent < watched.length ? [parent] : origins.of(parent - watched.length)) {
        unfinished[origin] = number;
      }
    }
  }
  const broken = Array.from(gaveUp, (count, number) => count > 0 && others[number] === 0);
  return { unfinished, broken };
}

/** The watched images whose change led to the released build of an image. */
class Origins {
  private readonly found = new Map<number, ReadonlySet<number>>();

  constructor(private readonly knowledge: Knowledge) {}

  of(at: number): ReadonlySet<number> {
    const known = this.found.get(at);
    if (known !== undefined) return known;
    const { watched, starts, parents } = this.knowledge.index;
    const origins = new Set<number>();
    this.found.set(at, origins);
    const { builds = [], live = -1 } = this.knowledge.history(at) ?? {};
    const released = builds[live];
    const before = builds[live - 1];
    if (released === undefined || before === undefined) return origins;
    const first = starts[at] ?? 0;
    for (const edge of changedBases(before, released)) {
      const parent = parents[first + edge] ?? 0;
      if (parent < watched.length) origins.add(parent);
      else for (const origin of this.of(parent - watched.length)) origins.add(origin);
    }
    return origins;
  }
}

function changedBases(before: KnownBuild, after: KnownBuild): readonly number[] {
  return [...after.on.keys()].filter((edge) => before.on[edge] !== after.on[edge]);
}
