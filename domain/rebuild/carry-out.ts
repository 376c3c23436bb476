import { adopt, reject, withdraw } from "../state/transitions.js";
import type { ImageState } from "../state/types.js";
import { toInstant } from "./times.js";
import type { Action } from "./types.js";

/** The state of an image after a move that the engine decided, once it is true outside. A rebuild is recorded by `start` instead. */
export function carryOut(state: ImageState, action: Exclude<Action, { kind: "rebuild" }>, now: number): ImageState {
  const at = toInstant(now);
  const { digest, reason: cause } = action;
  if (action.kind === "withdraw") return withdraw(state, at, cause);
  const sight = state.ledger.findLast((entry) => entry.digest === digest);
  if (sight === undefined) throw new RangeError(`${digest} is not in the ledger of ${state.image}`);
  const { tag, platforms } = sight;
  const moved = adopt(state, { digest, tag, platforms, at, cause });
  if (action.kind === "adopt" || action.rejects === undefined) return moved;
  return reject(moved, action.rejects, at, cause);
}
