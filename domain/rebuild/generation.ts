import type { KnownBuild } from "./built-history.js";
import type { Knowledge } from "./knowledge.js";
import type { Pass } from "./pass.js";
import { isActive, Standing } from "./standing.js";

/** How far a pass found the present generation of each watched image, by its number. Found out on demand: few are asked about. */
export class Progress {
  private latecomers: Int32Array | undefined;

  constructor(
    private readonly knowledge: Knowledge,
    private readonly pass: Pass,
  ) {}

  /** An image that is still to be rebuilt because of it; -1 without one. */
  unfinished(number: number): number {
    this.latecomers ??= this.findLatecomers();
    return this.latecomers[number] ?? -1;
  }

  /** Nothing can be built on it: all who stand on it directly and tried have given up. */
  isBroken(number: number): boolean {
    const { watched, starts, parents, childStarts, children } = this.knowledge.index;
    let gaveUp = false;
    for (let place = childStarts[number] ?? 0; place < (childStarts[number + 1] ?? 0); place += 1) {
      const child = children[place] ?? 0;
      const standing = this.standing(child);
      const at = child - watched.length;
      const isChanged = this.isChanged(parents.indexOf(number, starts[at]), standing);
      if (isChanged && standing === Standing.GaveUp) gaveUp = true;
      // Who is held has not tried: it speaks neither for the digest nor against it.
      else if (!isChanged || standing < Standing.Recalled) return false;
    }
    return gaveUp;
  }

  private findLatecomers(): Int32Array {
    const { watched, built, starts, parents } = this.knowledge.index;
    const latecomers = new Int32Array(watched.length).fill(-1);
    const origins = new Origins(this.knowledge);
    for (let at = 0; at < built.length; at += 1) {
      const standing = this.standing(watched.length + at);
      if (!isActive(standing)) continue;
      for (let edge = starts[at] ?? 0; edge < (starts[at + 1] ?? 0); edge += 1) {
        if (!this.isChanged(edge, standing)) continue;
        const parent = parents[edge] ?? 0;
        for (const origin of parent < watched.length ? [parent] : origins.of(parent - watched.length)) {
          latecomers[origin] = watched.length + at;
        }
      }
    }
    return latecomers;
  }

  /** Whether who stands so has another base there than it was built on. */
  private isChanged(edge: number, standing: Standing): boolean {
    const { builtOn, index } = this.knowledge;
    return standing !== Standing.Settled && builtOn[edge] !== this.pass.contents[index.parents[edge] ?? 0];
  }

  private standing(number: number): Standing {
    return this.pass.standings[number] ?? Standing.Settled;
  }
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
