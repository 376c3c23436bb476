import type { Problem } from "../problems.js";
import type { BuildFacts } from "./facts.js";

/** What the rules are told from outside; the stack's settings and the policy pack's configuration both end here. */
export interface PolicyConfig {
  /** Registries, or repositories below them, that pins and exports may name, e.g. `docker.io`, `127.0.0.1:5000/candidate`. */
  readonly allowedRegistries: readonly string[];
  readonly requiredLabels: readonly string[];
  /** Names of arguments and variables that only look like secrets. */
  readonly harmlessNames: readonly string[];
}

export interface RuleConfig extends PolicyConfig {
  /** Date `YYYY-MM-DD` (UTC). */
  readonly today: string;
}

/** What is said of a rule, whatever it looks at. */
export interface RuleText {
  /** Name of the rule, of its policy, and of its page below `docs/policies/`. */
  readonly id: string;
  readonly title: string;
  /** A full sentence: what has to be so. */
  readonly description: string;
  /** What to do, in general; each problem says it for its own case. */
  readonly remedy: string;
  /** Path of the page with a bad and a good example, relative to the root. */
  readonly url: string;
}

/** One rule over one build. */
export interface PolicyRule extends RuleText {
  check(facts: BuildFacts, config: RuleConfig): readonly Problem[];
}

export const DEFAULT_REQUIRED_LABELS: readonly string[] = [
  "org.opencontainers.image.source",
  "org.opencontainers.image.revision",
  "org.opencontainers.image.base.name",
  "org.opencontainers.image.base.digest",
];

export function rulePage(id: string): string {
  return `docs/policies/${id}.md`;
}
