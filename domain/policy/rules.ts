import type { PolicyRule, RuleText } from "./rule.js";
import { addChecksum } from "./rules/add-checksum.js";
import { allowedRegistries } from "./rules/allowed-registries.js";
import { completePlatforms } from "./rules/complete-platforms.js";
import { noNetwork } from "./rules/no-network.js";
import { noSecretArguments } from "./rules/no-secret-arguments.js";
import { nonRoot } from "./rules/non-root.js";
import { pinnedReferences } from "./rules/pinned-references.js";
import { requiredLabels } from "./rules/required-labels.js";
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

/** Every rule, whatever it looks at. */
export const ALL_RULES: readonly RuleText[] = [...POLICY_RULES, verifiedConsumers];
