import { finish, newState, withdraw } from "../state/transitions.js";
import type { ImageKind, ImageState } from "../state/types.js";
import type { Enrolment } from "./enrolments.js";

/**
 * The states that the enrolments change, sorted by image. Configuration is replaced, because `images.yaml` and the Dockerfiles
 * win; everything that was seen, done or decided at run time stays. An image that is enrolled no more keeps its history; its
 * pin is taken back, since nobody looks after it.
 *
 * @param enrolments of a catalogue without problems: what is missing from them counts as removed
 * @param at ISO 8601, UTC, seconds
 */
export function regenerate(
  states: ReadonlyMap<string, ImageState>,
  enrolments: readonly Enrolment[],
  at: string,
): readonly ImageState[] {
  const changed: ImageState[] = [];
  const enrolled = new Set(enrolments.map(({ image }) => image));
  for (const enrolment of enrolments) {
    const known = states.get(enrolment.image);
    const next = configured(known, enrolment, at);
    if (next !== known) changed.push(next);
  }
  for (const state of states.values()) {
    if (!enrolled.has(state.image) && state.kind !== "removed") changed.push(removed(state, at));
  }
  return changed.sort((left, right) => (left.image < right.image ? -1 : 1));
}

function configured(known: ImageState | undefined, enrolment: Enrolment, at: string): ImageState {
  const { image, kind, warehouse, dependents } = enrolment;
  if (known === undefined) {
    return { ...newState(image, kind, warehouse), lifecycle: [{ to: kind, at }], dependents };
  }
  const same = JSON.stringify([known.warehouse, known.dependents]) === JSON.stringify([warehouse, dependents]);
  if (known.kind === kind && same) return known;
  const { warehouse: _, ...rest } = become(known, kind, at);
  return { ...rest, ...(warehouse === undefined ? {} : { warehouse }), dependents };
}

function removed(state: ImageState, at: string): ImageState {
  const cause = "no Dockerfile and no images.yaml names it any more";
  const { warehouse: _, ...rest } = become(withdraw(state, at, cause), "removed", at);
  return { ...rest, dependents: [] };
}

/** Whoever built it, or was building it, does so no more. */
function become(state: ImageState, kind: ImageKind, at: string): ImageState {
  if (state.kind === kind) return state;
  const { kind: from, lifecycle = [] } = state;
  return { ...finish(state, "interrupted", at), kind, lifecycle: [...lifecycle, { from, to: kind, at }] };
}
