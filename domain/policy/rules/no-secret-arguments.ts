import type { Place, Problem } from "../../problems.js";
import type { BuildFacts } from "../facts.js";
import { assignmentsOf, instructionsOf } from "../instructions.js";
import { type PolicyRule, type RuleConfig, rulePage } from "../rule.js";
import { isSecretName, secretKindOf } from "../secrets.js";

const REMEDY =
  "List the secret in image.yaml under `secrets` and read it with `RUN --mount=type=secret,id=...`; a value that was committed has to be revoked.";

interface Assignment {
  readonly what: string;
  readonly name: string;
  readonly value?: string | undefined;
  readonly place: Place;
}

export const noSecretArguments: PolicyRule = {
  id: "no-secret-arguments",
  title: "Build arguments and variables hold no secrets",
  description:
    "Neither a build argument nor ENV may look like a secret, because both stay readable in the image and its build record.",
  remedy: REMEDY,
  url: rulePage("no-secret-arguments"),
  check: (facts, config) => [...assignments(facts)].flatMap((assignment) => problemsOf(assignment, config)),
};

function* assignments(facts: BuildFacts): Generator<Assignment> {
  const { dockerfile, buildArgs } = facts;
  for (const { name, value, line } of dockerfile.args) {
    yield { what: "ARG", name, value, place: { file: dockerfile.file, line } };
  }
  for (const instruction of instructionsOf(facts)) {
    const { keyword, place } = instruction;
    if (keyword !== "ARG" && keyword !== "ENV") continue;
    for (const assignment of assignmentsOf(instruction, dockerfile.escape))
      yield { what: keyword, place, ...assignment };
  }
  for (const argument of buildArgs) yield { what: "build argument", ...argument };
}

function problemsOf({ what, name, value, place }: Assignment, config: RuleConfig): readonly Problem[] {
  if (config.harmlessNames.includes(name)) return [];
  const kind = value === undefined ? undefined : secretKindOf(value);
  if (kind !== undefined) {
    const message = `the value of ${what} ${name} looks like ${kind}; allowed is a value that everybody may read.`;
    return [{ place, message, remedy: REMEDY, rule: noSecretArguments.id }];
  }
  if (!isSecretName(name)) return [];
  const message = `${what} ${name} is named like a secret; allowed are values that everybody may read.`;
  return [{ place, message, remedy: REMEDY, rule: noSecretArguments.id }];
}
