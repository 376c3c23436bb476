import { carryOut } from "../../domain/rebuild/carry-out.js";
import { RebuildEngine } from "../../domain/rebuild/engine.js";
import type { Action, Difference, Verdict } from "../../domain/rebuild/types.js";
import type { ImageState } from "../../domain/state/types.js";
import type { States } from "./state-store.js";
import type { WatchProject } from "./watch-project.js";

/** What was decided about watched images, as states, and what is left to do for built ones. */
export interface Decided {
  readonly changed: readonly ImageState[];
  /** A sentence for each change. */
  readonly causes: readonly string[];
  readonly verdict: Verdict;
  /** Moves of built images whose present digest is recalled. */
  readonly recalled: readonly Exclude<Action, { kind: "rebuild" }>[];
}

/** Keeps the engine between two looks: it is told only the states that are others now. */
export class Decider {
  private engine: RebuildEngine | undefined;
  private project: WatchProject | undefined;
  private told: States = new Map();
  private readonly differences: Difference[] = [];

  addDifference(difference: Difference): void {
    this.differences.push(difference);
    this.engine?.addDifference(difference);
  }

  isRecalled(project: WatchProject, states: States, digest: string): boolean {
    return this.tell(project, states).isRecalled(digest);
  }

  isOurs(project: WatchProject, states: States, digest: string): boolean {
    return this.tell(project, states).isOurs(digest);
  }

  /** What would be decided now, one look only. */
  look(project: WatchProject, states: States, now: number): Verdict {
    return this.tell(project, states).decide(now);
  }

  /** Decides until nothing is left to adopt. Changes nothing outside. */
  decide(project: WatchProject, states: States, now: number): Decided {
    const changed = new Map<string, ImageState>();
    const causes: string[] = [];
    const watched = new Set(project.fleet.watched.map(({ name }) => name));
    for (;;) {
      const engine = this.tell(project, new Map([...states, ...changed]));
      const verdict = engine.decide(now);
      let moved = false;
      for (const action of verdict.actions) {
        if (action.kind === "rebuild" || !watched.has(action.image)) continue;
        const state = changed.get(action.image) ?? states.get(action.image);
        if (state === undefined) continue;
        changed.set(action.image, carryOut(state, action, now));
        causes.push(`${action.image}: ${action.kind} ${action.digest}, since ${action.reason}`);
        moved = true;
      }
      if (moved) continue;
      const recalled = verdict.actions.flatMap((action) => {
        const digest = states.get(action.image)?.adopted?.digest;
        return action.kind !== "rebuild" && digest !== undefined && engine.isRecalled(digest) ? [action] : [];
      });
      return { changed: [...changed.values()], causes, verdict, recalled };
    }
  }

  private tell(project: WatchProject, states: States): RebuildEngine {
    const gone = [...this.told.keys()].some((image) => !states.has(image));
    if (this.engine === undefined || this.project !== project || gone) {
      const facts = { states: states.values(), recalls: project.recalls, differences: this.differences };
      this.engine = new RebuildEngine(project.fleet, facts);
      this.project = project;
    } else {
      for (const state of states.values()) if (this.told.get(state.image) !== state) this.engine.setState(state);
    }
    this.told = states;
    return this.engine;
  }
}
