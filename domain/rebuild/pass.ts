import { buildsOn, type KnownBuild } from "./built-history.js";
import type { Knowledge } from "./knowledge.js";
import { nextAttempt } from "./next-attempt.js";
import { Standing } from "./standing.js";
import type { RebuildRules } from "./types.js";

/** A change of the digest that an image means. */
export interface Move {
  readonly kind: "adopt" | "return" | "withdraw";
  readonly number: number;
  /** The digest it goes to; of a withdrawal, the one it leaves. */
  readonly digest: string;
  /** The digest it leaves is recalled. */
  readonly recalled: boolean;
}

/**
 * How all built images stand, given what the watched ones mean. Numbers are those of the index; everything is kept in arrays,
 * because a fleet has a hundred thousand images and each event makes us look again. A look goes over the images parents first, and
 * leaves out where nothing has changed by which it was found how they stand: their own history, what their parents are, and time.
 */
export class Pass {
  /** Contents of what an image means after all moves; 0 for nothing. */
  readonly contents: Int32Array;
  readonly digests: string[];
  readonly standings: Uint8Array;
  readonly waves: Int32Array;
  /** The image that keeps a waiting or held one: the one with a reason of its own. */
  readonly blockers: Int32Array;
  private readonly moved = new Map<number, Move>();
  /** When something ends by itself, in milliseconds, by image. */
  private readonly ends = new Map<number, number>();
  /** 1 for those that are still to be looked at. */
  private readonly stale: Uint8Array;
  private now = Number.POSITIVE_INFINITY;

  constructor(
    private readonly knowledge: Knowledge,
    private readonly rules: RebuildRules,
  ) {
    const { names } = knowledge.index;
    this.contents = new Int32Array(names.length);
    this.digests = names.map(() => "");
    this.standings = new Uint8Array(names.length);
    this.waves = new Int32Array(names.length);
    this.blockers = new Int32Array(names.length);
    this.stale = new Uint8Array(names.length);
  }

  /** @param changed numbers of the images of which something else is known than before; undefined where that may be all */
  tell(changed: Iterable<number> | undefined): void {
    if (changed === undefined) this.now = Number.POSITIVE_INFINITY;
    else for (const number of changed) this.stale[number] = 1;
  }

  /**
   * @param now milliseconds since 1970; where it is before the last look, everything is looked at
   * @param chosen digests of the watched images, by number; "" for none
   */
  look(now: number, chosen: readonly string[]): void {
    if (now < this.now) {
      this.digests.fill("");
      this.contents.fill(0);
      this.stale.fill(1);
    } else {
      for (const [number, end] of this.ends) if (end <= now) this.stale[number] = 1;
    }
    this.now = now;
    for (const [number, digest] of chosen.entries()) this.choose(number, digest);
    for (let number = chosen.length; ; number += 1) {
      number = this.stale.indexOf(1, number);
      if (number < 0) return;
      this.stale[number] = 0;
      this.lookAt(number);
    }
  }

  /** Parents first. */
  moves(): readonly Move[] {
    return [...this.moved.values()].sort((left, right) => left.number - right.number);
  }

  /** The next time at which something ends by itself, in milliseconds. */
  due(): number {
    let due = Number.POSITIVE_INFINITY;
    for (const end of this.ends.values()) due = Math.min(due, end);
    return due;
  }

  /** The bases that an image would be built on now, as numbers of contents, parallel to its parents. */
  basesOf(at: number): number[] {
    const { starts, parents } = this.knowledge.index;
    const bases: number[] = [];
    for (let edge = starts[at] ?? 0; edge < (starts[at + 1] ?? 0); edge += 1) {
      bases.push(this.contents[parents[edge] ?? 0] ?? 0);
    }
    return bases;
  }

  private choose(number: number, digest: string): void {
    this.standings[number] = digest === "" ? Standing.Held : Standing.Settled;
    if (digest === this.digests[number]) return;
    this.digests[number] = digest;
    this.contents[number] = digest === "" ? 0 : this.knowledge.contentsOf(digest);
    this.passOn(number);
  }

  private lookAt(number: number): void {
    const { knowledge, contents, standings, waves, blockers } = this;
    const content = contents[number];
    const standing = standings[number];
    const wave = waves[number];
    const blocker = blockers[number];
    contents[number] = knowledge.contents[number] ?? 0;
    this.digests[number] = knowledge.means[number] ?? "";
    waves[number] = 0;
    blockers[number] = -1;
    this.ends.delete(number);
    this.moved.delete(number);
    standings[number] = this.standingOf(number);
    const isSame =
      content === contents[number] &&
      standing === standings[number] &&
      wave === waves[number] &&
      blocker === blockers[number];
    if (!isSame) this.passOn(number);
  }

  /** What stands on it comes later, and has to be looked at, too. */
  private passOn(number: number): void {
    const { childStarts, children } = this.knowledge.index;
    for (let place = childStarts[number] ?? 0; place < (childStarts[number + 1] ?? 0); place += 1) {
      this.stale[children[place] ?? 0] = 1;
    }
  }

  private standingOf(number: number): Standing {
    const { knowledge } = this;
    const at = number - knowledge.index.watched.length;
    const kept = this.keeper(at, number);
    const mustLeave = knowledge.isBanned(this.digests[number] ?? "");
    if (kept === Standing.Settled) {
      return !mustLeave && this.isCurrent(at) ? kept : this.settle(at, number, mustLeave);
    }
    if (mustLeave) this.leave(number, knowledge.history(at)?.builds ?? []);
    return kept;
  }

  /** What the parents make of it, before its own history is looked at. */
  private keeper(at: number, number: number): Standing {
    const { starts, parents } = this.knowledge.index;
    let kept = Standing.Settled;
    for (let edge = starts[at] ?? 0; edge < (starts[at + 1] ?? 0); edge += 1) {
      const parent = parents[edge] ?? 0;
      const standing: Standing = this.standings[parent] ?? Standing.Settled;
      if (standing === Standing.Settled) continue;
      const derived = standing === Standing.Waiting || standing === Standing.Held;
      const blocker = derived && (this.blockers[parent] ?? -1) >= 0 ? (this.blockers[parent] ?? parent) : parent;
      if (standing >= Standing.GaveUp) {
        if (kept !== Standing.Held) this.blockers[number] = blocker;
        kept = Standing.Held;
      } else if (kept !== Standing.Held) {
        if (kept === Standing.Settled) this.blockers[number] = blocker;
        kept = Standing.Waiting;
        this.waves[number] = Math.max(this.waves[number] ?? 0, (this.waves[parent] ?? 0) + 1);
      }
    }
    return kept;
  }

  /** The common case, without any search: what is released is of the latest files, on what the parents are now. */
  private isCurrent(at: number): boolean {
    const { index, builtOn, current } = this.knowledge;
    if (current[at] === 0) return false;
    const end = index.starts[at + 1] ?? 0;
    for (let edge = index.starts[at] ?? 0; edge < end; edge += 1) {
      if (builtOn[edge] !== this.contents[index.parents[edge] ?? 0]) return false;
    }
    return true;
  }

  /** All parents are what they should be: use a build that is there already, or say when one is to be made. */
  private settle(at: number, number: number, mustLeave: boolean): Standing {
    const { knowledge } = this;
    const history = knowledge.history(at);
    const { builds = [], live = -1, attempts = [] } = history ?? {};
    const bases = this.basesOf(at);
    const fitting = history === undefined ? [] : buildsOn(history, bases);
    const index = fitting.find((each) => !knowledge.isBanned(builds[each]?.digest ?? ""));
    const fit = builds[index ?? -1];
    if (fit !== undefined && index !== undefined) {
      const same = fit.contents === builds[live]?.contents && !mustLeave;
      if (!same) this.move(index < live ? "return" : "adopt", number, fit, mustLeave);
      return Standing.Settled;
    }
    if (mustLeave) this.leave(number, builds);
    if (fitting.length > 0) return Standing.Recalled;
    if (knowledge.index.built[at]?.autoRebuild === false) return Standing.Manual;
    const { standing, end } = nextAttempt(attempts, bases, this.rules, this.now);
    if (end !== undefined) this.ends.set(number, end);
    return standing;
  }

  /** What is released is recalled: back to the latest build that is not, whatever it stands on. */
  private leave(number: number, builds: readonly KnownBuild[]): void {
    const good = builds.findLast(({ digest }) => !this.knowledge.isBanned(digest));
    if (good !== undefined) {
      this.move("return", number, good, true);
      return;
    }
    this.moved.set(number, { kind: "withdraw", number, digest: this.digests[number] ?? "", recalled: true });
    this.contents[number] = 0;
    this.digests[number] = "";
  }

  private move(kind: "adopt" | "return", number: number, { digest, contents }: KnownBuild, recalled: boolean): void {
    this.moved.set(number, { kind, number, digest, recalled });
    this.contents[number] = contents;
    this.digests[number] = digest;
  }
}
