import { formatDuration } from "../catalogue/units.js";
import type { Policy } from "./types.js";

/** Each delay with and without the fast path; where nothing soaks there is nothing to be faster than. */
export function policiesOf(delays: readonly number[]): readonly Policy[] {
  return delays.flatMap((delayMs): readonly Policy[] => {
    const name = delayMs === 0 ? "no soak" : `${formatDuration(delayMs)} soak`;
    const plain = { name, delayMs, fastPath: false };
    return delayMs === 0 ? [plain] : [plain, { name: `${name}, fast path`, delayMs, fastPath: true }];
  });
}

/** The delays that the fleet itself has. */
export const CONFIGURED: Policy = { name: "as configured", fastPath: false };
