import { parseImageName, repositoryName } from "../../dockerfile/image-name.js";
import type { Problem } from "../../problems.js";
import type { Consumption, ConsumptionFacts } from "../consumption.js";
import { type RuleText, rulePage } from "../rule.js";
import { SHA256 } from "../sources.js";

/** One rule over one image that is consumed. */
export interface ConsumptionRule extends RuleText {
  /** @param consumer where it is blamed: type and name of the resource */
  check(consumption: Consumption, facts: ConsumptionFacts, consumer: string): readonly Problem[];
}

export const verifiedConsumers: ConsumptionRule = {
  id: "verified-consumers",
  title: "Only verified images are consumed",
  description:
    "Releases, workloads and promotions have to name an image of the registry by a digest that a VerifiedImage of the same run verified.",
  remedy: "Take the image from the output `reference` of a VerifiedImage.",
  url: rulePage("verified-consumers"),
  check: (consumption, facts, consumer) => {
    const found = findingOf(consumption, facts);
    return found === undefined ? [] : [{ place: { file: consumer }, ...found, rule: verifiedConsumers.id }];
  },
};

type Finding = Pick<Problem, "message" | "remedy">;

function findingOf({ kind, at, image }: Consumption, facts: ConsumptionFacts): Finding | undefined {
  const denial = facts.denials.find(({ digest }) => image.endsWith(`@${digest}`));
  if (denial !== undefined) {
    const what = denial.digest === denial.recalled ? "is recalled" : `stands on the recalled ${denial.recalled}`;
    return {
      message: `${at} is ${image}, which ${what} (${denial.reason}).`,
      remedy: "Use its last good release; denials.yaml lists what is denied.",
    };
  }
  const name = nameIn(facts.registry, image);
  if (name === undefined) return undefined;
  if (kind !== "release" && /^(candidate|pool)\//.test(name.path)) {
    return {
      message: `${at} is ${image}, which lies in quarantine; allowed is what was released from there.`,
      remedy: "Take the image from the repository without `candidate/` and `pool/`.",
    };
  }
  if (name.digest === undefined || !SHA256.test(name.digest)) {
    return {
      message: `${at} is ${image}, which can move; allowed is a sha256 digest that was verified in this run.`,
      remedy: verifiedConsumers.remedy,
    };
  }
  if (!facts.evidence || !facts.complete) return undefined;
  if (facts.verified.some((reference) => isSame(name, nameIn(facts.registry, reference)))) return undefined;
  return {
    message: `${at} is ${image}, which nothing in this run has verified; allowed is what a VerifiedImage verified.`,
    remedy: verifiedConsumers.remedy,
  };
}

/** An image of our registry. */
interface OwnName {
  /** Below the registry's prefix, e.g. `candidate/web`. */
  readonly path: string;
  readonly digest?: string;
}

/** Undefined for an image that lies elsewhere. */
function nameIn(registry: string, image: string): OwnName | undefined {
  const name = parseImageName(image);
  const prefix = `${onThisMachine(registry)}/`;
  const repository = name === undefined ? "" : onThisMachine(repositoryName(name));
  if (name === undefined || !repository.startsWith(prefix)) return undefined;
  const path = repository.slice(prefix.length);
  return { path, ...(name.digest === undefined ? {} : { digest: name.digest }) };
}

/** Loopback addresses are one machine, whichever is written. */
function onThisMachine(name: string): string {
  return name.replace(/^(?:localhost|\[::1\]|127(?:\.\d{1,3}){3})(?=[:/]|$)/, "127.0.0.1");
}

/** A release has the digest and the attestations of its candidate. */
function isSame(wanted: OwnName, verified: OwnName | undefined): boolean {
  const released = (path: string) => path.replace(/^candidate\//, "");
  return verified?.digest === wanted.digest && released(verified?.path ?? "") === released(wanted.path);
}
