import type { ResourceRule } from "./resource-rule.js";
import type { PolicyRule, RuleText } from "./rule.js";
import { addChecksum } from "./rules/add-checksum.js";
import { allowedRegistries } from "./rules/allowed-registries.js";
import { completePlatforms } from "./rules/complete-platforms.js";
import { leastPrivilege } from "./rules/least-privilege.js";
import { noNetwork } from "./rules/no-network.js";
import { noSecretArguments } from "./rules/no-secret-arguments.js";
import { nonRoot } from "./rules/non-root.js";
import { nothingPublic } from "./rules/nothing-public.js";
import { pinnedReferences } from "./rules/pinned-references.js";
import { promotedOnly } from "./rules/promoted-only.js";
import { protectedRepositories } from "./rules/protected-repositories.js";
import { requiredLabels } from "./rules/required-labels.js";
import { trustedWorkloads } from "./rules/trusted-workloads.js";
import { verifiedConsumers } from "./rules/verified-consumers.js";

/** Every rule over builds, in the order of the documentation. */
export const POLICY_RULES: readonly PolicyRule[] = [
  nonRoot,
  pinnedReferences,
  noSecretArguments,
  addChecksum,
  requiredLabels,
  allowedRegistries,
  completePlatforms,
  noNetwork,
];

/** Every rule over what a stack has in its cloud, in the order of the documentation. */
export const RESOURCE_RULES: readonly ResourceRule[] = [
  protectedRepositories,
  nothingPublic,
  leastPrivilege,
  trustedWorkloads,
  promotedOnly,
];

/** Every rule, whatever it looks at. */
export const ALL_RULES: readonly RuleText[] = [...POLICY_RULES, ...RESOURCE_RULES, verifiedConsumers];
