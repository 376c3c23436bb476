import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { FactsOnce } from "./facts-once.js";
import type { PolicyContext, PolicyFactory } from "./image-policy.js";
import { addChecksum } from "./policies/add-checksum.js";
import { allowedRegistries } from "./policies/allowed-registries.js";
import { completePlatforms } from "./policies/complete-platforms.js";
import { noNetwork } from "./policies/no-network.js";
import { noSecretArguments } from "./policies/no-secret-arguments.js";
import { nonRoot } from "./policies/non-root.js";
import { pinnedReferences } from "./policies/pinned-references.js";
import { requiredLabels } from "./policies/required-labels.js";
import { verifiedConsumers } from "./policies/verified-consumers.js";

/** About builds; what consumes their images has a policy of its own. */
const factories: readonly PolicyFactory[] = [
  nonRoot,
  pinnedReferences,
  noSecretArguments,
  addChecksum,
  requiredLabels,
  allowedRegistries,
  completePlatforms,
  noNetwork,
];

/** Every policy of the pack. */
export function policies(
  context: PolicyContext,
): [...ResourceValidationPolicy[], ResourceValidationPolicy & StackValidationPolicy] {
  const facts = new FactsOnce();
  return [...factories.map((create) => create(context, facts)), verifiedConsumers(context)];
}
