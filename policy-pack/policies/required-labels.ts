import { DEFAULT_REQUIRED_LABELS } from "../../domain/policy/rule.js";
import { requiredLabels as rule } from "../../domain/policy/rules/required-labels.js";
import { listOf, stringList } from "../config.js";
import { imagePolicy } from "../image-policy.js";

export const requiredLabels = imagePolicy(rule, {
  severity: "medium",
  configSchema: {
    properties: { labels: listOf("The labels that a build has to set, instead of the four OCI labels of its origin.") },
  },
  configure: ({ labels }) => ({ requiredLabels: stringList(labels) ?? DEFAULT_REQUIRED_LABELS }),
});
