import { regenerate } from "../../domain/enrolment/regenerate.js";
import { toInstant } from "../../domain/rebuild/times.js";
import type { Verdict } from "../../domain/rebuild/types.js";
import { Decider } from "./decider.js";
import { recordRuns } from "./records.js";
import type { Released } from "./released.js";
import type { States } from "./state-store.js";
import type { WatchProject } from "./watch-project.js";

/** The states as they would be written now, and what would be decided on them; writes nothing. */
export function survey(
  project: WatchProject,
  states: States,
  released: readonly Released[],
  now: number,
): { readonly states: States; readonly verdict: Verdict } {
  const at = toInstant(now);
  const all = new Map([
    ...states,
    ...regenerate(states, project.enrolments, at).map((each) => [each.image, each] as const),
  ]);
  const decider = new Decider();
  const isRecalled = (digest: string) => decider.isRecalled(project, all, digest);
  // What is being rebuilt by somebody else at this moment is not closed.
  for (const state of recordRuns(all, released, new Map(), at, isRecalled)) {
    const open = all.get(state.image)?.attempts.at(-1);
    if (open === undefined || open.end !== undefined) all.set(state.image, state);
  }
  return { states: all, verdict: decider.look(project, all, now) };
}
