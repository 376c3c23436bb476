import { policyConfigOf } from "../../domain/policy/check.js";
import { allowedRegistries as rule } from "../../domain/policy/rules/allowed-registries.js";
import { listOf, stringList } from "../config.js";
import { imagePolicy } from "../image-policy.js";

/** Without a list of its own it allows what the stack's configuration does. */
export const allowedRegistries = imagePolicy(rule, {
  severity: "high",
  configSchema: {
    properties: {
      registries: listOf("Registries, or repositories below them, instead of those of the stack's configuration."),
    },
  },
  configure: ({ registries }, { settings }) => {
    const configured = stringList(registries);
    if (configured !== undefined) return { allowedRegistries: configured };
    return settings === undefined ? {} : { allowedRegistries: policyConfigOf(settings).allowedRegistries };
  },
});
