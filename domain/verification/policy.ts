import type { Recall } from "../recall/types.js";
import type { Settings } from "../settings/types.js";
import type { VerificationPolicy } from "./types.js";

/** What a stack asks of the images of its own registry. One that promotes built none of them. */
export function verificationPolicyOf(
  { builderId, source, development, promotes, scan }: Settings,
  recalls: readonly Recall[],
): VerificationPolicy {
  const builders = promotes?.builders ?? [builderId];
  return { builders, sources: [source], development, maxDatabaseAge: scan.maxAge, recalls };
}
