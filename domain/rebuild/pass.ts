import { buildsOn, type KnownAttempt, type KnownBuild, sameNumbers } from "./built-history.js";
import type { Knowledge } from "./knowledge.js";
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

/** A pass that was made before, and the numbers of the images of which something else is known since. */
export interface Earlier {
  readonly pass: Pass;
  readonly changed: Iterable<number>;
}

/**
 * One look at all built images, parents first, given what the watched ones mean. Numbers are those of the index; everything is
 * kept in arrays, because a fleet has a hundred thousand images and each event makes us look again. What an earlier pass found is
 * taken over where nothing has changed that it was found by: an image's own history, what its parents are, and time.
 */
export class Pass {
  /** Contents of what an image means after all moves; 0 for nothing. */
  readonly contents: Int32Array;
  readonly digests: string[];
  readonly standings: Uint8Array;
  readonly waves: Int32Array;
  /** The image that keeps a waiting or held one: the one with a reason of its own. */
  readonly blockers: Int32Array;
  /** When something ends by itself, in milliseconds, by image. */
  private readonly ends: Map<number, number>;
  private readonly moved: Map<number, Move>;
  /** 1 for those that are still to be looked at. */
  private readonly stale: Uint8Array;

  /**
   * @param chosen digests of the watched images, by number; "" for none
   * @param earlier of the same fleet, rules, and recalls, and not later
   */
  constructor(
    private readonly knowledge: Knowledge,
    private readonly rules: RebuildRules,
    readonly now: number,
    chosen: readonly string[],
    earlier?: Earlier,
  ) {
    const { names, watched } = knowledge.index;
    const before = earlier?.pass;
    this.contents = (before ?? knowledge).contents.slice();
    this.digests = (before?.digests ?? knowledge.means).slice();
    this.standings = before?.standings.slice() ?? new Uint8Array(names.length);
    this.waves = before?.waves.slice() ?? new Int32Array(names.length);
    this.blockers = before?.blockers.slice() ?? new Int32Array(names.length).fill(-1);
    this.ends = new Map(before?.ends);
    this.moved = new Map(before?.moved);
    this.stale = new Uint8Array(names.length).fill(earlier === undefined ? 1 : 0);
    for (const number of earlier?.changed ?? []) this.stale[number] = 1;
    for (const [number, end] of this.ends) if (end <= now) this.stale[number] = 1;
    for (const [number, digest] of chosen.entries()) this.choose(number, digest);
    for (let number = watched.length; ; number += 1) {
      number = this.stale.indexOf(1, number);
      if (number < 0) break;
      this.lookAgain(number, before);
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

  private lookAgain(number: number, before: Pass | undefined): void {
    const { knowledge, contents, standings, waves, blockers } = this;
    contents[number] = knowledge.contents[number] ?? 0;
    this.digests[number] = knowledge.means[number] ?? "";
    standings[number] = Standing.Settled;
    waves[number] = 0;
    blockers[number] = -1;
    this.ends.delete(number);
    this.moved.delete(number);
    this.look(number);
    if (before === undefined) return;
    const isSame =
      contents[number] === before.contents[number] &&
      standings[number] === before.standings[number] &&
      waves[number] === before.waves[number] &&
      blockers[number] === before.blockers[number];
    if (!isSame) this.passOn(number);
  }

  /** What stands on it comes later, and has to be looked at, too. */
  private passOn(number: number): void {
    const { childStarts, children } = this.knowledge.index;
    for (let place = childStarts[number] ?? 0; place < (childStarts[number + 1] ?? 0); place += 1) {
      this.stale[children[place] ?? 0] = 1;
    }
  }

  private look(number: number): void {
    const { knowledge } = this;
    const at = number - knowledge.index.watched.length;
    let kept = this.keeper(at, number);
    const mustLeave = knowledge.isBanned(this.digests[number] ?? "");
    if (kept === Standing.Settled) {
      if (!mustLeave && this.isCurrent(at)) return;
      kept = this.settle(at, number, mustLeave);
    } else if (mustLeave) this.leave(number, knowledge.history(at)?.builds ?? []);
    this.standings[number] = kept;
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
    return this.nextAttempt(number, attempts, bases);
  }

  private nextAttempt(number: number, attempts: readonly KnownAttempt[], bases: readonly number[]): Standing {
    const { limit, backOffMs, timeoutMs } = this.rules;
    let failures = 0;
    let last = Number.NEGATIVE_INFINITY;
    for (const { on, start, end, result } of attempts) {
      if (end === undefined && start + timeoutMs > this.now) {
        this.ends.set(number, start + timeoutMs);
        return Standing.Running;
      }
      if (!sameNumbers(on, bases)) continue;
      if (result !== "failed") continue;
      failures += 1;
      last = end ?? start;
    }
    if (failures >= limit) return Standing.GaveUp;
    const next = last + backOffMs * 2 ** Math.max(0, failures - 1);
    if (next <= this.now) return Standing.Ready;
    this.ends.set(number, next);
    return Standing.BackOff;
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
