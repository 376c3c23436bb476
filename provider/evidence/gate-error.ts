import { formatFailures } from "../../domain/evidence/failures.js";
import type { GateFailure } from "../../domain/evidence/types.js";

/** Thrown once, with all gates that an image did not pass; nothing was signed. */
export class GateError extends Error {
  override readonly name = "GateError";

  constructor(
    readonly image: string,
    readonly digest: string,
    readonly failures: readonly GateFailure[],
  ) {
    super(formatFailures(image, digest, failures));
  }
}
