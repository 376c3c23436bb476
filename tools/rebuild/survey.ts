import { regenerate } from "../../domain/enrolment/regenerate.js";
import { toInstant } from "../../domain/rebuild/times.js";
import type { Verdict } from "../../domain/rebuild/types.js";
import { Decider } from "./decider.js";
import { recordReleases } from "./records.js";
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
  for (const state of recordReleases(all, released, at)) all.set(state.image, state);
  return { states: all, verdict: new Decider().look(project, all, now) };
}
