import { carryOut } from "../rebuild/carry-out.js";
import { RebuildEngine } from "../rebuild/engine.js";
import { toInstant } from "../rebuild/times.js";
import type { Action, Difference, Fleet, RebuildRules, Waiting } from "../rebuild/types.js";
import type { Recall } from "../recall/types.js";
import { built, finish, newState, observe, start } from "../state/transitions.js";
import type { Build, ImageState, Observation } from "../state/types.js";

export type Rebuild = Extract<Action, { kind: "rebuild" }>;
export type Move = Exclude<Action, { kind: "rebuild" }>;

/** What was decided, after all moves have been carried out. */
export interface Look {
  readonly moves: readonly Move[];
  readonly rebuilds: readonly Rebuild[];
  waiting(): Iterable<Waiting>;
  readonly nextDue?: string;
}

/** How a rebuild ended: with a build, or without. */
export type Outcome = "failed" | "interrupted" | Pick<Build, "digest" | "contents" | "source" | "materials">;

/** A world in memory that obeys the engine at once, as a driver does over registry, builder and git. Times are in milliseconds. */
export class World {
  readonly engine: RebuildEngine;
  readonly states = new Map<string, ImageState>();
  readonly differences: Difference[] = [];

  constructor(
    readonly fleet: Fleet,
    rules?: RebuildRules,
    states: Iterable<ImageState> = [],
  ) {
    for (const { name } of fleet.watched) this.states.set(name, newState(name, "external"));
    for (const { id } of fleet.built) this.states.set(id, newState(id, "managed"));
    for (const state of states) this.states.set(state.image, state);
    this.engine = new RebuildEngine(fleet, { states: this.states.values(), recalls: [], differences: [] }, rules);
  }

  /** Somebody pushed something somewhere. Returns whether it is news. */
  see(image: string, sight: Observation): boolean {
    if (!this.engine.isNews(image, sight.tag, sight.digest)) return false;
    this.change(image, (state) => observe(state, sight));
    return true;
  }

  compare(difference: Difference): void {
    this.differences.push(difference);
    this.engine.addDifference(difference);
  }

  recall(recalls: readonly Recall[]): void {
    this.engine.setRecalls(recalls);
  }

  /**
   * Decides and moves until there is nothing left to move.
   *
   * @param most how many rebuilds at most are named
   */
  look(now: number, most?: number): Look {
    const moves: Move[] = [];
    for (;;) {
      const { actions, nextDue, waiting } = this.engine.decide(now, most);
      const due = actions.filter((action) => action.kind !== "rebuild");
      if (due.length === 0) {
        const rebuilds = actions.filter((action) => action.kind === "rebuild");
        return { moves, rebuilds, waiting, ...(nextDue === undefined ? {} : { nextDue }) };
      }
      for (const action of due) this.change(action.image, (state) => carryOut(state, action, now));
      moves.push(...due);
    }
  }

  start({ image, on, reason }: Rebuild, now: number): void {
    this.change(image, (state) => start(state, { cause: reason, on, start: toInstant(now) }));
  }

  /** The rebuild was started on these bases, whatever they are by now. */
  end({ image, on }: Pick<Rebuild, "image" | "on">, outcome: Outcome, now: number): void {
    const at = toInstant(now);
    this.change(image, (state) => {
      if (typeof outcome === "string") return finish(state, outcome, at);
      return finish(built(state, { ...outcome, on, at }, "b", []), "succeeded", at);
    });
  }

  private change(image: string, transition: (state: ImageState) => ImageState): void {
    const state = this.states.get(image);
    if (state === undefined) throw new RangeError(`there is no image "${image}"`);
    const next = transition(state);
    if (next === state) return;
    this.states.set(image, next);
    this.engine.setState(next);
  }
}
