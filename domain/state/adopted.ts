import type { ImageState } from "./types.js";

/** Whether an image has meant a digest at any time, and what its state says about it. */
export interface AdoptedAnswer {
  readonly adopted: boolean;
  /** A sentence. */
  readonly reason: string;
}

/** @param state undefined where nothing is known of the image */
export function isAdopted(state: ImageState | undefined, image: string, digest: string): AdoptedAnswer {
  if (state === undefined) return { adopted: false, reason: `nothing is known of ${image} yet.` };
  if (state.adopted?.digest === digest) {
    return { adopted: true, reason: `adopted ${state.adopted.at}: ${state.adopted.cause}` };
  }
  const rejected = state.rejected?.find((entry) => entry.digest === digest);
  if (rejected !== undefined) return { adopted: false, reason: `rejected ${rejected.at}: ${rejected.cause}` };
  const update = state.updates.findLast(({ to }) => to === digest);
  if (update !== undefined)
    return { adopted: true, reason: `adopted ${update.at}, and replaced since: ${update.cause}` };
  const sight = state.ledger.find((entry) => entry.digest === digest);
  if (sight === undefined) return { adopted: false, reason: "not seen by the factory yet." };
  return { adopted: false, reason: `first seen ${sight.firstSeen}, not adopted yet.` };
}
