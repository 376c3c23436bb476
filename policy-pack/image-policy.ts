import type { PolicyConfigSchema, ResourceValidationPolicy, Severity } from "@pulumi/policy";
import { checkRule } from "../domain/policy/check.js";
import { DEFAULT_REQUIRED_LABELS, type PolicyConfig, type PolicyRule } from "../domain/policy/rule.js";
import { formatPlace, type Problem } from "../domain/problems.js";
import type { FactsOnce } from "./facts-once.js";
import { factsOfImage } from "./image-facts.js";
import type { ImageInputs } from "./image-inputs.js";
import type { Project } from "./project.js";

/** Of `@pulumi/docker-build`, which is not loaded for its name alone. */
const IMAGE_TYPE = "docker-build:index:Image";

const DEFAULTS: PolicyConfig = { allowedRegistries: [], requiredLabels: DEFAULT_REQUIRED_LABELS, harmlessNames: [] };

/** What the policies are given by the pack: all that is not in the resource. */
export interface PolicyContext {
  /** The project that a resource belongs to, by its URN. */
  project(urn: string): Promise<Project>;
  /** Date `YYYY-MM-DD` (UTC). */
  today(): string;
}

/** A policy, once it is told where it runs, and what it shares with the others. */
export type PolicyFactory = (context: PolicyContext, facts: FactsOnce) => ResourceValidationPolicy;

export interface ImagePolicyOptions {
  readonly severity: Severity;
  readonly configSchema?: PolicyConfigSchema;
  /** What the policy's own configuration changes for the rule; by default nothing. */
  readonly configure?: (config: Readonly<Record<string, unknown>>, project: Project) => Partial<PolicyConfig>;
}

/** The policy that applies a rule to every docker-build Image, mandatory unless configured otherwise. */
export function imagePolicy(
  rule: PolicyRule,
  { severity, configSchema, configure }: ImagePolicyOptions,
): PolicyFactory {
  return (context, known) => ({
    name: rule.id,
    displayName: rule.title,
    description: rule.description,
    enforcementLevel: "mandatory",
    severity,
    remediationSteps: rule.remedy,
    url: rule.url,
    ...(configSchema && { configSchema }),
    validateResource: async (args, reportViolation) => {
      // The stack itself comes first, long before the first image.
      const loading = context.project(args.urn);
      if (args.type !== IMAGE_TYPE) return;
      const project = await loading;
      const { value: facts, problems } = known.of(args.urn, rule.id, () =>
        factsOfImage(args.name, args.props as ImageInputs, project),
      );
      const overrides = configure?.(args.getConfig<Record<string, unknown>>(), project) ?? {};
      const config = { ...DEFAULTS, ...overrides, today: context.today() };
      const found = facts === undefined ? problems : checkRule(rule, facts, config);
      for (const problem of found) reportViolation(violationText(problem));
    },
  });
}

/** `images/app/Dockerfile:7: USER root is root; allowed is ... ` and the remedy below it. */
export function violationText({ place, message, remedy }: Problem): string {
  return `${formatPlace(place)}: ${message}\n${remedy}`;
}
