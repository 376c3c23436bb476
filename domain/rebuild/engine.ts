import { formatDuration } from "../catalogue/units.js";
import type { Recall } from "../recall/types.js";
import type { ImageState } from "../state/types.js";
import { progressOf } from "./generation.js";
import { Knowledge } from "./knowledge.js";
import { Pass } from "./pass.js";
import { Reasons } from "./reasons.js";
import { toInstant } from "./times.js";
import type { Verdict, Waiting } from "./types.js";
import { type Action, DEFAULT_RULES, type Difference, type Facts, type Fleet, type RebuildRules } from "./types.js";
import { chooseNext, lastGood } from "./watched-history.js";

/** What becomes of a watched image in one look. */
interface Plan {
  /** "" for none. */
  digest: string;
  action?: Action;
  waiting?: Waiting;
}

/**
 * Decides what happens to a fleet. It reads no clock and no network: time is an argument, and so the only clock is its
 * caller's. What was decided becomes true only when a changed state is told (`setState`), so a decision that nobody carried
 * out is made again. The same facts give the same decisions, in whatever order they were told.
 *
 * @example new RebuildEngine(fleet, { states, recalls, differences }).decide(Date.now())
 */
export class RebuildEngine {
  private readonly knowledge: Knowledge;

  constructor(
    fleet: Fleet,
    facts: Facts,
    private readonly rules: RebuildRules = DEFAULT_RULES,
  ) {
    this.knowledge = new Knowledge(fleet, facts);
  }

  setState(state: ImageState): void {
    this.knowledge.setState(state);
  }

  setRecalls(recalls: readonly Recall[]): void {
    this.knowledge.setRecalls(recalls);
  }

  addDifference(difference: Difference): void {
    this.knowledge.addDifference(difference);
  }

  /** Whether a push of this can be news: what we built ourselves, and what hangs on an image as a signature does, is none. */
  isNews(image: string, tag: string, digest: string): boolean {
    const number = this.knowledge.index.numbers.get(image);
    if (number === undefined || number >= this.knowledge.watched.length) return false;
    return !/^sha256-[0-9a-f]{64}/.test(tag) && !this.knowledge.isOurs(digest);
  }

  /** @param now milliseconds since 1970 */
  decide(now: number): Verdict {
    const { knowledge, rules } = this;
    const plans = knowledge.watched.map((_, number) => this.keepOrLeave(number));
    let pass = new Pass(knowledge, rules, now, digestsOf(plans));
    const due = this.adoptNext(plans, pass, now);
    const chosen = digestsOf(plans);
    if (chosen.some((digest, number) => digest !== pass.digests[number]))
      pass = new Pass(knowledge, rules, now, chosen);
    const reasons = new Reasons(knowledge, pass);
    const next = Math.min(due, pass.due);
    return {
      actions: [...plans.flatMap(({ action }) => action ?? []), ...reasons.moves(), ...reasons.rebuilds()],
      *waiting() {
        for (const { waiting } of plans) if (waiting !== undefined) yield waiting;
        yield* reasons.waiting();
      },
      ...(Number.isFinite(next) ? { nextDue: toInstant(next) } : {}),
    };
  }

  /** What a watched image means before anything new is adopted: what it means now, unless that is recalled. */
  private keepOrLeave(number: number): Plan {
    const { knowledge } = this;
    const { candidates, adopted } = this.history(number);
    const digest = candidates[adopted]?.digest ?? "";
    if (digest === "" || !knowledge.isBanned(digest)) return { digest };
    const image = this.name(number);
    const why = knowledge.recallOf(digest)?.reason ?? "";
    const good = candidates[lastGood(this.history(number), (each) => knowledge.isBanned(each))];
    if (good === undefined) {
      const reason = `${digest} is recalled (${why}), and no digest that was adopted before is left.`;
      return { digest: "", action: { kind: "withdraw", image, digest, reason } };
    }
    const reason = `${digest} is recalled (${why}): back to what was adopted before it.`;
    return { digest: good.digest, action: { kind: "return", image, digest: good.digest, reason } };
  }

  /** Adopts what may be adopted, into the plans. Returns when the next digest may be, in milliseconds. */
  private adoptNext(plans: readonly Plan[], pass: Pass, now: number): number {
    const { knowledge, rules } = this;
    const progress = progressOf(knowledge, pass);
    let earliest = Number.POSITIVE_INFINITY;
    for (const [number, plan] of plans.entries()) {
      const policy = knowledge.index.watched[number];
      if (policy === undefined || plan.action?.kind === "return") continue;
      const { name: image, delayMs, autoRebuild } = policy;
      const history = this.history(number);
      const current = history.candidates[history.adopted];
      const isBanned = (digest: string) => knowledge.isBanned(digest);
      const differenceOf = (from: string, to: string) => knowledge.differenceOf(from, to);
      const { next, due } = chooseNext(history, delayMs, differenceOf, isBanned, now);
      if (due !== undefined) earliest = Math.min(earliest, due);
      const candidate = history.candidates[next?.index ?? -1];
      if (next === undefined || candidate === undefined) {
        if (progress.broken[number] === true) this.giveBack(number, plan);
        if (due === undefined || plan.action !== undefined) continue;
        const until = toInstant(due);
        const reason = `a new digest has been known for less than ${formatDuration(delayMs)}.`;
        plan.waiting = { kind: "hold", image, until, reason };
        continue;
      }
      const { digest, seen } = candidate;
      if (!autoRebuild) {
        const reason = `${digest} may be adopted, but autoRebuild is off: type npx factory pin ${image} --digest ${digest}`;
        plan.waiting = { kind: "hold", image, reason };
        continue;
      }
      const finished = history.adoptedAt + rules.finishMs;
      const unfinished = progress.unfinished[number] ?? -1;
      if (current !== undefined && next.proof === undefined && unfinished >= 0 && finished > now) {
        earliest = Math.min(earliest, finished);
        const reason = `${digest} has soaked, but ${this.name(unfinished)} is still to be rebuilt on the one before.`;
        plan.waiting = { kind: "hold", image, until: toInstant(finished), reason };
        continue;
      }
      plan.digest = digest;
      const reason =
        next.proof === undefined
          ? `known since ${toInstant(seen)}: it has soaked for ${formatDuration(delayMs)}.`
          : `it fixes ${seriousOf(next.proof)} and changes nothing else, so it need not soak.`;
      plan.action = { kind: "adopt", image, digest, reason };
    }
    return earliest;
  }

  /** Nothing could be built on what is adopted: back to what was before, for good. */
  private giveBack(number: number, plan: Plan): void {
    const history = this.history(number);
    const good = history.candidates[lastGood(history, (digest) => this.knowledge.isBanned(digest))];
    if (good === undefined) return;
    const reason = `nothing can be built on ${plan.digest}: back to what was adopted before it, until there is a newer one.`;
    plan.action = { kind: "return", image: this.name(number), digest: good.digest, rejects: plan.digest, reason };
    plan.digest = good.digest;
  }

  private history(number: number) {
    const history = this.knowledge.watched[number];
    if (history === undefined) throw new RangeError(`there is no watched image ${number}`);
    return history;
  }

  private name(number: number): string {
    return this.knowledge.index.names[number] ?? "";
  }
}

function digestsOf(plans: readonly Plan[]): readonly string[] {
  return plans.map(({ digest }) => digest);
}

function seriousOf({ fixed }: Difference): string {
  const serious = fixed.filter(({ severity }) => severity === "HIGH" || severity === "CRITICAL");
  return serious.map(({ cve, severity }) => `${cve} (${severity})`).join(", ");
}
