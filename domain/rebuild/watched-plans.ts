import { formatDuration } from "../catalogue/units.js";
import type { Progress } from "./generation.js";
import type { Knowledge } from "./knowledge.js";
import { toInstant } from "./times.js";
import type { Action, Difference, RebuildRules, Waiting, WatchedImage } from "./types.js";
import { type Choice, chooseNext, lastGood, type WatchedHistory } from "./watched-history.js";

/** What becomes of a watched image in one look. */
interface Plan {
  readonly number: number;
  readonly image: WatchedImage;
  readonly history: WatchedHistory;
  /** What it means in the end; "" for nothing. */
  digest: string;
  action?: Action;
  /** Made on demand. */
  waiting?: () => Waiting;
}

/** Decides about the watched images, in two steps: what has to be left, and then, when its dependents were looked at, what comes next. */
export class WatchedPlans {
  /** When the next digest may be adopted, in milliseconds. */
  due = Number.POSITIVE_INFINITY;
  private readonly plans: readonly Plan[];
  private readonly isBanned: (digest: string) => boolean;

  constructor(
    private readonly knowledge: Knowledge,
    private readonly rules: RebuildRules,
    private readonly now: number,
  ) {
    this.isBanned = (digest) => knowledge.isBanned(digest);
    this.plans = knowledge.index.watched.flatMap((image, number) => {
      const history = knowledge.watched[number];
      return history === undefined ? [] : [this.keepOrLeave(number, image, history)];
    });
  }

  digests(): readonly string[] {
    return this.plans.map(({ digest }) => digest);
  }

  actions(): readonly Action[] {
    return this.plans.flatMap(({ action }) => action ?? []);
  }

  waiting(): readonly Waiting[] {
    return this.plans.flatMap(({ waiting }) => waiting?.() ?? []);
  }

  /** Adopts what may be adopted, and gives up on what nothing can be built on. */
  adoptNext(progress: Progress): void {
    for (const plan of this.plans) {
      if (plan.action?.kind === "return") continue;
      const { next, due } = this.choose(plan);
      if (next !== undefined) this.adopt(plan, next, progress);
      else if (progress.isBroken(plan.number)) this.giveBack(plan);
      if (due !== undefined) this.soak(plan, due);
    }
  }

  private soak(plan: Plan, due: number): void {
    this.due = Math.min(this.due, due);
    if (plan.action !== undefined || plan.waiting !== undefined) return;
    const { name, delayMs } = plan.image;
    plan.waiting = () => {
      const reason = `a new digest has been known for less than ${formatDuration(delayMs)}.`;
      return { kind: "hold", image: name, until: toInstant(due), reason };
    };
  }

  /** What it means before anything new is adopted: what it means now, unless that is recalled. */
  private keepOrLeave(number: number, image: WatchedImage, history: WatchedHistory): Plan {
    const digest = history.candidates[history.adopted]?.digest ?? "";
    const plan = { number, image, history, digest };
    if (digest === "" || !this.isBanned(digest)) return plan;
    const { name } = image;
    const why = `${digest} is recalled (${this.knowledge.recallOf(digest)?.reason ?? ""})`;
    const good = history.candidates[lastGood(history, this.isBanned)];
    if (good === undefined) {
      const reason = `${why}, and no digest that was adopted before is left.`;
      return { ...plan, digest: "", action: { kind: "withdraw", image: name, digest, reason } };
    }
    const reason = `${why}: back to what was adopted before it.`;
    return { ...plan, digest: good.digest, action: { kind: "return", image: name, digest: good.digest, reason } };
  }

  private choose({ image, history }: Plan): Choice {
    const differenceOf = (from: string, to: string) => this.knowledge.differenceOf(from, to);
    return chooseNext(history, image.delayMs, differenceOf, this.isBanned, this.now);
  }

  private adopt(plan: Plan, { index, proof }: NonNullable<Choice["next"]>, progress: Progress): void {
    const { number, image, history } = plan;
    const { name, delayMs, autoRebuild } = image;
    const candidate = history.candidates[index];
    if (candidate === undefined) return;
    const { digest, seen } = candidate;
    if (!autoRebuild) {
      const reason = `${digest} may be adopted, but autoRebuild is off: type npx factory pin ${name} --digest ${digest}`;
      plan.waiting = () => ({ kind: "hold", image: name, reason });
      return;
    }
    const finished = history.adoptedAt + this.rules.finishMs;
    const mayWait = proof === undefined && plan.digest !== "" && finished > this.now;
    const unfinished = mayWait ? progress.unfinished(number) : -1;
    if (unfinished >= 0) {
      this.due = Math.min(this.due, finished);
      const late = this.knowledge.index.names[unfinished];
      plan.waiting = () => {
        const reason = `${digest} has soaked, but ${late} is still to be rebuilt on the one before.`;
        return { kind: "hold", image: name, until: toInstant(finished), reason };
      };
      return;
    }
    const reason =
      proof === undefined
        ? `known since ${toInstant(seen)}: it has soaked for ${formatDuration(delayMs)}.`
        : `it fixes ${seriousOf(proof)} and changes nothing else, so it need not soak.`;
    plan.digest = digest;
    plan.action = { kind: "adopt", image: name, digest, reason };
  }

  /** Back to what was before, for good. */
  private giveBack(plan: Plan): void {
    const { image, history, digest: rejects } = plan;
    const good = history.candidates[lastGood(history, this.isBanned)];
    if (good === undefined) return;
    const reason = `nothing can be built on ${rejects}: back to what was adopted before it, until there is a newer one.`;
    plan.digest = good.digest;
    plan.action = { kind: "return", image: image.name, digest: good.digest, rejects, reason };
  }
}

function seriousOf({ fixed }: Difference): string {
  const serious = fixed.filter(({ severity }) => severity === "HIGH" || severity === "CRITICAL");
  return serious.map(({ cve, severity }) => `${cve} (${severity})`).join(", ");
}
