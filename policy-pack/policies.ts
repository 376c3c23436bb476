import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { leastPrivilege } from "../domain/policy/rules/least-privilege.js";
import { nothingPublic } from "../domain/policy/rules/nothing-public.js";
import { promotedOnly } from "../domain/policy/rules/promoted-only.js";
import { protectedRepositories } from "../domain/policy/rules/protected-repositories.js";
import { trustedWorkloads } from "../domain/policy/rules/trusted-workloads.js";
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
import { resourcePolicy } from "./resource-policy.js";

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

/** About what a stack has in its cloud. */
const cloudFactories = [
  resourcePolicy(protectedRepositories, "high"),
  resourcePolicy(nothingPublic, "critical"),
  resourcePolicy(leastPrivilege, "high"),
  resourcePolicy(trustedWorkloads, "high"),
  resourcePolicy(promotedOnly, "critical"),
];

/** Every policy of the pack. */
export function policies(
  context: PolicyContext,
): [...ResourceValidationPolicy[], ResourceValidationPolicy & StackValidationPolicy] {
  const facts = new FactsOnce();
  return [
    ...factories.map((create) => create(context, facts)),
    ...cloudFactories.map((create) => create(context)),
    verifiedConsumers(context),
  ];
}
