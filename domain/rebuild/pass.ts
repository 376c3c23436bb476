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

/**
 * One look at all built images, parents first, given what the watched ones mean. Numbers are those of the index; everything is
 * kept in arrays, because a fleet has a hundred thousand images and each event makes us look again.
 */
export class Pass {
  /** Contents of what an image means after all moves; 0 for nothing. */
  readonly contents: Int32Array;
  readonly digests: string[];
  readonly standings: Uint8Array;
  readonly waves: Int32Array;
  /** The image that keeps a waiting or held one: the one with a reason of its own. */
  readonly blockers: Int32Array;
  readonly moves: Move[] = [];
  /** The next time at which something ends by itself, in milliseconds. */
  due = Number.POSITIVE_INFINITY;

  /** @param chosen digests of the watched images, by number; "" for none */
  constructor(
    private readonly knowledge: Knowledge,
    private readonly rules: RebuildRules,
    private readonly now: number,
    chosen: readonly string[],
  ) {
    const { names, built } = knowledge.index;
    this.contents = knowledge.contents.slice();
    this.digests = knowledge.means.slice();
    this.standings = new Uint8Array(names.length);
    this.waves = new Int32Array(names.length);
    this.blockers = new Int32Array(names.length).fill(-1);
    for (const [number, digest] of chosen.entries()) {
      if (digest === "") this.standings[number] = Standing.Held;
      if (digest === this.digests[number]) continue;
      this.digests[number] = digest;
      this.contents[number] = digest === "" ? 0 : knowledge.contentsOf(digest);
    }
    for (let at = 0; at < built.length; at += 1) this.look(at);
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

  private look(at: number): void {
    const { knowledge } = this;
    const number = knowledge.index.watched.length + at;
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
    return this.nextAttempt(attempts, bases);
  }

  private nextAttempt(attempts: readonly KnownAttempt[], bases: readonly number[]): Standing {
    const { limit, backOffMs, timeoutMs } = this.rules;
    let failures = 0;
    let last = Number.NEGATIVE_INFINITY;
    for (const { on, start, end, result } of attempts) {
      if (end === undefined && start + timeoutMs > this.now) {
        this.wakeAt(start + timeoutMs);
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
    this.wakeAt(next);
    return Standing.BackOff;
  }

  /** What is released is recalled: back to the latest build that is not, whatever it stands on. */
  private leave(number: number, builds: readonly KnownBuild[]): void {
    const good = builds.findLast(({ digest }) => !this.knowledge.isBanned(digest));
    if (good !== undefined) {
      this.move("return", number, good, true);
      return;
    }
    this.moves.push({ kind: "withdraw", number, digest: this.digests[number] ?? "", recalled: true });
    this.contents[number] = 0;
    this.digests[number] = "";
  }

  private move(kind: "adopt" | "return", number: number, { digest, contents }: KnownBuild, recalled: boolean): void {
    this.moves.push({ kind, number, digest, recalled });
    this.contents[number] = contents;
    this.digests[number] = digest;
  }

  private wakeAt(time: number): void {
    this.due = Math.min(this.due, time);
  }
}
