import type { Recall } from "../recall/types.js";
import type { ImageState } from "../state/types.js";
import { Progress } from "./generation.js";
import { Knowledge } from "./knowledge.js";
import { Pass } from "./pass.js";
import { Reasons } from "./reasons.js";
import { toInstant } from "./times.js";
import { DEFAULT_RULES, type Difference, type Facts, type Fleet, type RebuildRules, type Verdict } from "./types.js";
import { WatchedPlans } from "./watched-plans.js";

/**
 * Decides what happens to a fleet. It reads no clock and no network: time is an argument, and so the only clock is its
 * caller's. What was decided becomes true only when a changed state is told (`setState`), so a decision that nobody carried
 * out is made again. The same facts give the same decisions, in whatever order they were told.
 *
 * @example new RebuildEngine(fleet, { states, recalls, differences }).decide(Date.now())
 */
export class RebuildEngine {
  private readonly knowledge: Knowledge;
  /** What would be if nothing new were adopted. */
  private readonly before: Pass;
  /** What is when it is. A pass of its own, because going back and forth between both would be two looks at a whole cascade. */
  private readonly after: Pass;
  private decisions = 0;

  constructor(
    fleet: Fleet,
    facts: Facts,
    private readonly rules: RebuildRules = DEFAULT_RULES,
  ) {
    this.knowledge = new Knowledge(fleet, facts);
    this.before = new Pass(this.knowledge, rules);
    this.after = new Pass(this.knowledge, rules);
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

  /** Whether we built a digest. */
  isOurs(digest: string): boolean {
    return this.knowledge.isOurs(digest);
  }

  /** Whether a digest is recalled, itself or by what it was built on. */
  isRecalled(digest: string): boolean {
    return this.knowledge.isBanned(digest);
  }

  /**
   * @param now milliseconds since 1970
   * @param most how many rebuilds at most are named; the others stay ready
   */
  decide(now: number, most = Number.POSITIVE_INFINITY): Verdict {
    const { knowledge, before, after } = this;
    const changed = knowledge.takeChanged();
    before.tell(changed);
    after.tell(changed);
    const plans = new WatchedPlans(knowledge, this.rules, now);
    before.look(now, plans.digests());
    plans.adoptNext(new Progress(knowledge, before));
    const chosen = plans.digests();
    const pass = chosen.some((digest, number) => digest !== before.digests[number]) ? after : before;
    if (pass === after) after.look(now, chosen);
    const reasons = new Reasons(knowledge, pass);
    const next = Math.min(plans.due, pass.due());
    this.decisions += 1;
    const decision = this.decisions;
    const isLast = () => decision === this.decisions;
    return {
      actions: [...plans.actions(), ...reasons.moves(), ...reasons.rebuilds(most)],
      *waiting() {
        if (!isLast()) throw new RangeError("what waits was asked after the engine had decided again");
        yield* plans.waiting();
        yield* reasons.waiting();
      },
      ...(Number.isFinite(next) ? { nextDue: toInstant(next) } : {}),
    };
  }
}
