import type { Adoption, ImageState, Observation, Warehouse } from "./types.js";
import { STATE_SCHEMA } from "./types.js";

/** State of an image of which nothing is known yet. */
export function newState(image: string, kind: ImageState["kind"], warehouse?: Warehouse): ImageState {
  return {
    schema: STATE_SCHEMA,
    image,
    kind,
    ...(warehouse === undefined ? {} : { warehouse }),
    ledger: [],
    updates: [],
    dependents: [],
    attempts: [],
  };
}

/** Appends to the ledger, unless the digest stands there already: the first sight is the one that counts. */
export function observe(state: ImageState, observation: Observation): ImageState {
  if (state.ledger.some(({ digest }) => digest === observation.digest)) return state;
  return { ...state, ledger: [...state.ledger, observation] };
}

/** Makes a digest the current one and records the change; adopting what is adopted changes nothing. */
export function adopt(state: ImageState, adoption: Adoption): ImageState {
  const from = state.adopted?.digest;
  if (from === adoption.digest && state.adopted?.tag === adoption.tag) return state;
  const update = {
    ...(from === undefined ? {} : { from }),
    to: adoption.digest,
    at: adoption.at,
    cause: adoption.cause,
  };
  return { ...state, adopted: adoption, updates: [...state.updates, update] };
}
