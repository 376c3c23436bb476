import type { PolicyConfigSchema, ResourceValidationArgs, ResourceValidationPolicy, Severity } from "@pulumi/policy";
import { checkRule } from "../domain/policy/check.js";
import type { PolicyConfig, PolicyRule } from "../domain/policy/rule.js";
import { DEFAULT_REQUIRED_LABELS } from "../domain/policy/rule.js";
import { formatPlace, type Problem } from "../domain/problems.js";
import { factsOfImage } from "./image-facts.js";
import type { ImageInputs } from "./image-inputs.js";
import type { Project } from "./project.js";

/** Of `@pulumi/docker-build`, which is not loaded for its name alone. */
const IMAGE_TYPE = "docker-build:index:Image";

/** What the policies are given by the pack: all that is not in the resource. */
export interface PolicyContext {
  /** The project that a resource belongs to, by its URN. */
  project(urn: string): Promise<Project>;
  /** Date `YYYY-MM-DD` (UTC). */
  today(): string;
}

/** A policy, once it is told where it runs. */
export type PolicyFactory = (context: PolicyContext) => ResourceValidationPolicy;

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
  return (context) => ({
    name: rule.id,
    displayName: rule.title,
    description: rule.description,
    enforcementLevel: "mandatory",
    severity,
    remediationSteps: rule.remedy,
    url: rule.url,
    ...(configSchema && { configSchema }),
    validateResource: async (args, reportViolation) => {
      if (args.type !== IMAGE_TYPE) return;
      const project = await context.project(args.urn);
      const overrides = configure?.(args.getConfig<Record<string, unknown>>(), project) ?? {};
      for (const problem of problemsOf(rule, args, project, overrides, context.today())) {
        reportViolation(violationText(problem));
      }
    },
  });
}

function problemsOf(
  rule: PolicyRule,
  { name, props }: ResourceValidationArgs,
  project: Project,
  overrides: Partial<PolicyConfig>,
  today: string,
): readonly Problem[] {
  const { value: facts, problems } = factsOfImage(name, props as ImageInputs, project);
  if (facts === undefined) return problems;
  const defaults: PolicyConfig = { allowedRegistries: [], requiredLabels: DEFAULT_REQUIRED_LABELS, harmlessNames: [] };
  return checkRule(rule, facts, { ...defaults, ...overrides, today });
}

/** `images/app/Dockerfile:7: USER root is root; allowed is ... ` and the remedy below it. */
export function violationText({ place, message, remedy }: Problem): string {
  return `${formatPlace(place)}: ${message}\n${remedy}`;
}
