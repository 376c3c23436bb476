import type { Recall } from "../recall/types.js";
import type { Settings } from "../settings/types.js";
import type { VerificationPolicy } from "./types.js";

/** What a stack asks of the images of its own registry. */
export function verificationPolicyOf(
  { builderId, source, development, scan }: Settings,
  recalls: readonly Recall[],
): VerificationPolicy {
  return { builders: [builderId], sources: [source], development, maxDatabaseAge: scan.maxAge, recalls };
}
