import { noSecretArguments as rule } from "../../domain/policy/rules/no-secret-arguments.js";
import { listOf, stringList } from "../config.js";
import { imagePolicy } from "../image-policy.js";

export const noSecretArguments = imagePolicy(rule, {
  severity: "critical",
  configSchema: {
    properties: { harmlessNames: listOf("Names of arguments and variables that only look like secrets.") },
  },
  configure: ({ harmlessNames }) => ({ harmlessNames: stringList(harmlessNames) ?? [] }),
});
