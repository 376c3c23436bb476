import type { Rollback } from "./types.js";

/** The rollback of an image that has not been lifted. */
export function standing(rollbacks: readonly Rollback[], stack: string, image: string): Rollback | undefined {
  return rollbacks.find((each) => each.image === image && each.stack === stack && each.lifted === undefined);
}
