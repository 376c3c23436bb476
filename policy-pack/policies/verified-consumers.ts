import type { PolicyResource, ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { verifiedConsumers as rule } from "../../domain/policy/rules/verified-consumers.js";
import type { Problem } from "../../domain/problems.js";
import { consumptionsOf, PROMOTED_IMAGE } from "../consumptions.js";
import { type PolicyContext, violationText } from "../image-policy.js";
import { known } from "../known.js";

/** Of our own provider; naming it here keeps its SDK out of the pack. */
const VERIFIED_IMAGE = "factory:evidence:VerifiedImage";

/**
 * Asked before each resource is created, and once more when all are there. A reference that is plain text in the program
 * has been verified before this policy sees it, any other one when its VerifiedImage is created: so what consumes that has
 * to depend on it, which only the second look can tell.
 */
export function verifiedConsumers(context: PolicyContext): ResourceValidationPolicy & StackValidationPolicy {
  const seen = new Map<string, string | undefined>();

  const problemsOf = async (
    { type, name, urn, props }: Pick<PolicyResource, "type" | "name" | "urn" | "props">,
    references: readonly (string | undefined)[],
  ): Promise<readonly Problem[]> => {
    const consumptions = consumptionsOf(type, props);
    if (consumptions.length === 0) return [];
    const { denials, settings } = await context.project(urn);
    const consumer = `${type} ${name}`;
    if (settings === undefined) return [withoutSettings(consumer)];
    const verified = references.flatMap((reference) => reference ?? []);
    const isPromotion = type === PROMOTED_IMAGE && settings.promotes !== undefined;
    const registry = isPromotion ? settings.promotes.registry : settings.registry;
    const facts = { registry, evidence: settings.evidence, verified, denials };
    const complete = verified.length === references.length;
    return consumptions.flatMap((each) => rule.check(each, { ...facts, complete }, consumer));
  };

  return {
    name: rule.id,
    displayName: rule.title,
    description: rule.description,
    enforcementLevel: "mandatory",
    severity: "critical",
    remediationSteps: rule.remedy,
    url: rule.url,

    validateResource: async (resource, reportViolation) => {
      if (vouches(resource)) seen.set(resource.urn, referenceOf(resource));
      for (const problem of await problemsOf(resource, [...seen.values()])) reportViolation(violationText(problem));
    },

    validateStack: async ({ resources }, reportViolation) => {
      const literal = resources.filter(
        ({ type, props }) => type === VERIFIED_IMAGE && known(() => props.literal) === true,
      );
      for (const resource of resources) {
        const foundations = [...dependenciesOf(resource)].filter(vouches);
        const references = [...literal, ...foundations].map(referenceOf);
        for (const problem of await problemsOf(resource, references)) {
          reportViolation(violationText(problem), resource.urn);
        }
      }
    },
  };
}

/** A promoted image was verified on its way, and lies under another name since. */
function vouches({ type }: Pick<PolicyResource, "type">): boolean {
  return type === VERIFIED_IMAGE || type === PROMOTED_IMAGE;
}

function referenceOf({ type, props }: Pick<PolicyResource, "type" | "props">): string | undefined {
  if (type === VERIFIED_IMAGE) return known(() => props.reference);
  const [registry, name, digest] = ["registry", "name", "digest"].map((key) => known(() => props[key]));
  return digest === undefined ? undefined : `${registry}/${name}@${digest}`;
}

/** Whatever a resource waits for, at any remove. */
function dependenciesOf(resource: PolicyResource): ReadonlySet<PolicyResource> {
  const found = new Set(resource.dependencies);
  for (const each of found) for (const next of each.dependencies) found.add(next);
  return found;
}

function withoutSettings(consumer: string): Problem {
  return {
    place: { file: consumer },
    message: "it consumes images, but the stack's settings cannot be read, so nobody can say which images are its own.",
    remedy: "Name the registry in the stack's configuration: factory:registry.",
    rule: rule.id,
  };
}
