import type { Problem } from "../../problems.js";
import type { BuildFacts, Source } from "../facts.js";
import { type PolicyRule, rulePage } from "../rule.js";

const BASE_LABELS = "org.opencontainers.image.base.";
const BASE_DIGEST = "org.opencontainers.image.base.digest";

export const requiredLabels: PolicyRule = {
  id: "required-labels",
  title: "Images say where they come from",
  description: "A build has to set the OCI labels that name its source, its revision and the base that it stands on.",
  remedy:
    "Commit the image's files and set `factory:source`, from which the factory derives these labels; labels of a base are inherited and do not count.",
  url: rulePage("required-labels"),
  check: (facts, config) => {
    const standsOnImage = baseOf(facts) !== undefined;
    const missing = config.requiredLabels
      .filter((name) => standsOnImage || !name.startsWith(BASE_LABELS))
      .filter((name) => (facts.labels.has(name) ? facts.labels.get(name) === "" : true))
      .map((name) => missingLabel(facts, name));
    return [...missing, ...wrongBaseDigest(facts)];
  },
};

function missingLabel({ labels, place }: BuildFacts, name: string): Problem {
  const found = labels.has(name) ? "is empty" : "is missing";
  return {
    place,
    message: `the label ${name} ${found}; allowed is a build that sets it.`,
    remedy: remedyFor(name),
    rule: requiredLabels.id,
  };
}

function remedyFor(name: string): string {
  if (name.endsWith(".source")) return "Set `factory:source` in the stack's configuration.";
  if (name.endsWith(".revision")) return "Commit the image's files: the revision is the last commit that touched them.";
  if (name.startsWith(BASE_LABELS))
    return "Build the image through the factory's components, which label it with its base.";
  return `Add \`${name}\` to \`labels\` in image.yaml.`;
}

/** A label that names another digest than the one that FROM is replaced by would be believed by whoever looks for images to rebuild. */
function wrongBaseDigest(facts: BuildFacts): readonly Problem[] {
  const claimed = facts.labels.get(BASE_DIGEST);
  const base = baseOf(facts);
  if (claimed === undefined || claimed === "" || base?.source?.kind !== "digest" || base.source.digest === claimed)
    return [];
  const message = `the label ${BASE_DIGEST} says ${claimed}, but FROM is replaced by ${base.source.digest}; allowed is the digest that is built on.`;
  return [{ place: facts.place, message, remedy: remedyFor(BASE_DIGEST), rule: requiredLabels.id }];
}

/** What the target's own stages stand on at last; undefined for scratch, and where that depends on the platform. */
function baseOf({ lineages, dockerfile, uses }: BuildFacts): { readonly source?: Source } | undefined {
  const [lineage, ...others] = lineages;
  const from = lineage?.stages.findLast(({ place }) => place.file === dockerfile.file)?.from;
  if (from === undefined || others.length > 0 || from.resolution.kind === "scratch") return undefined;
  return uses.find(({ reference }) => reference.place.line === from.place.line) ?? {};
}
