import { STATE_SCHEMA } from "./types.js";

type Data = Readonly<Record<string, unknown>>;

/** What each version needs to become the next one. */
const steps: Readonly<Record<number, (state: Data) => Data>> = {
  // 2 knows removed images, and when an image became something else; what 1 says means the same there.
  1: (state) => ({ ...state, schema: 2 }),
};

/** The content of a state file in the present version; anything but an older version as it is. */
export function migrate(content: unknown): unknown {
  let state = content;
  while (isState(state) && state.schema < STATE_SCHEMA) {
    const step = steps[state.schema];
    if (step === undefined) return state;
    state = step(state);
  }
  return state;
}

function isState(content: unknown): content is Data & { readonly schema: number } {
  return typeof content === "object" && content !== null && "schema" in content && typeof content.schema === "number";
}
