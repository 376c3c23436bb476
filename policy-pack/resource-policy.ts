import type { ResourceValidationPolicy, Severity } from "@pulumi/policy";
import { checkResource, type ResourceRule } from "../domain/policy/resource-rule.js";
import { type PolicyContext, violationText } from "./image-policy.js";
import { known } from "./known.js";

/** The policy that applies a rule to every resource of its types, mandatory unless configured otherwise. */
export function resourcePolicy(
  rule: ResourceRule,
  severity: Severity,
): (context: PolicyContext) => ResourceValidationPolicy {
  return (context) => ({
    name: rule.id,
    displayName: rule.title,
    description: rule.description,
    enforcementLevel: "mandatory",
    severity,
    remediationSteps: rule.remedy,
    url: rule.url,
    validateResource: async ({ type, name, urn, props }, reportViolation) => {
      if (!rule.types.test(type)) return;
      const { stackFacts } = await context.project(urn);
      if (stackFacts === undefined) return;
      const resource = { type, props: plain(props) as Readonly<Record<string, unknown>> };
      for (const problem of checkResource(rule, resource, stackFacts, `${type} ${name}`)) {
        reportViolation(violationText(problem));
      }
    },
  });
}

/** The same as plain data, without what only the update knows. */
function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const inner = (key: string | number) => plain(known(() => (value as Readonly<Record<string, unknown>>)[key]));
  if (Array.isArray(value)) return [...value.keys()].map(inner);
  return Object.fromEntries(Object.keys(value).map((key) => [key, inner(key)]));
}
