import type { BuildPlan } from "../plan/types.js";
import { formatPlace, type Problem } from "../problems.js";
import type { Settings } from "../settings/types.js";
import type { BuildFacts } from "./facts.js";
import { factsOfPlan } from "./plan-facts.js";
import { DEFAULT_REQUIRED_LABELS, type PolicyConfig, type PolicyRule, type RuleConfig } from "./rule.js";
import { POLICY_RULES } from "./rules.js";

/** What the stack's settings tell the rules: its own registry is always allowed. */
export function policyConfigOf({
  registry,
  allowedRegistries,
}: Pick<Settings, "registry" | "allowedRegistries">): PolicyConfig {
  return {
    allowedRegistries: [registry, ...allowedRegistries],
    requiredLabels: DEFAULT_REQUIRED_LABELS,
    harmlessNames: [],
  };
}

/**
 * Applies every rule to every image of the plan, before anything is built.
 *
 * @param today date `YYYY-MM-DD` (UTC)
 */
export function checkPolicies(plan: BuildPlan, config: PolicyConfig, today: string): readonly Problem[] {
  const ruleConfig: RuleConfig = { ...config, today };
  return withoutRepetitions(
    factsOfPlan(plan).flatMap((facts) => POLICY_RULES.flatMap((rule) => checkRule(rule, facts, ruleConfig))),
  );
}

/** What a rule finds in one build, each thing once. */
export function checkRule(rule: PolicyRule, facts: BuildFacts, config: RuleConfig): readonly Problem[] {
  return withoutRepetitions(rule.check(facts, config));
}

/** Variants share a Dockerfile, and platforms share its lines: what is to be changed is one thing. */
function withoutRepetitions(problems: readonly Problem[]): readonly Problem[] {
  const told = new Map(
    problems.map((problem) => [`${formatPlace(problem.place)} ${problem.rule} ${problem.message}`, problem]),
  );
  return [...told.values()];
}
