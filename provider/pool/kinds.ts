import type { Payload } from "../../domain/lock/types.js";
import { debianKind } from "./debian-kind.js";
import { npmKind } from "./npm-kind.js";
import type { PayloadKind } from "./payload-kind.js";
import { wheelKind } from "./wheel-kind.js";

/** Every kind of payload, in the order of their layers in a pool image. */
export const payloadKinds: readonly PayloadKind[] = [debianKind, npmKind, wheelKind];

export function kindOf(payload: Payload): PayloadKind {
  const kind = payloadKinds.find((candidate) => candidate.kind === payload.kind);
  if (kind === undefined) throw new Error(`no payload kind "${payload.kind}"`);
  return kind;
}
