import type { NetworkException } from "../../catalogue/types.js";
import type { Problem } from "../../problems.js";
import type { BuildFacts } from "../facts.js";
import { flagOf, instructionsOf } from "../instructions.js";
import { type PolicyRule, type RuleConfig, rulePage } from "../rule.js";

const REMEDY =
  "Lock what the build needs (`npx factory lock`) and build with the network `none`, or add `network: {reason, expires}` to image.yaml.";

export const noNetwork: PolicyRule = {
  id: "no-network",
  title: "Builds do not reach the network",
  description:
    "A build has to run without network and without the host's rights, unless image.yaml excepts it with a reason and an end.",
  remedy: REMEDY,
  url: rulePage("no-network"),
  check: (facts, config) => [
    ...expired(facts, config),
    ...networkOfBuild(facts, config),
    ...instructions(facts, config),
  ],
};

function holds(exception: NetworkException | undefined, today: string): boolean {
  return exception !== undefined && today <= exception.expires;
}

function expired({ networkException }: BuildFacts, { today }: RuleConfig): readonly Problem[] {
  if (networkException === undefined || holds(networkException, today)) return [];
  const { place, reason, expires } = networkException;
  const message = `the exception "${reason}" ended on ${expires}; today is ${today}.`;
  const remedy = "Remove the exception, or decide again and set a new date in image.yaml.";
  return [{ place, message, remedy, rule: noNetwork.id }];
}

function networkOfBuild({ network, networkException, place }: BuildFacts, { today }: RuleConfig): readonly Problem[] {
  if (network === undefined || network === "none") return [];
  if (network !== "host" && holds(networkException, today)) return [];
  return [
    { place, message: `it is built with the network ${network}; allowed is none.`, remedy: REMEDY, rule: noNetwork.id },
  ];
}

function* instructions(facts: BuildFacts, { today }: RuleConfig): Generator<Problem> {
  for (const instruction of instructionsOf(facts)) {
    if (instruction.keyword !== "RUN") continue;
    const { place } = instruction;
    const network = flagOf(instruction, "network");
    if (network !== undefined && network !== "none" && (network === "host" || !holds(facts.networkException, today))) {
      yield {
        place,
        message: `RUN --network=${network} reaches the network; allowed is none.`,
        remedy: REMEDY,
        rule: noNetwork.id,
      };
    }
    const security = flagOf(instruction, "security");
    if (security === undefined || security === "sandbox") continue;
    const message = `RUN --security=${security} asks for the host's rights; allowed is sandbox.`;
    yield { place, message, remedy: "Remove `--security`; there is no exception for it.", rule: noNetwork.id };
  }
}
