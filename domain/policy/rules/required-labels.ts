import type { Problem } from "../../problems.js";
import type { BuildFacts, Source } from "../facts.js";
import { type PolicyRule, rulePage } from "../rule.js";

type Labels = ReadonlyMap<string, string | undefined>;

const REVISION = "org.opencontainers.image.revision";
const BASE_LABELS = "org.opencontainers.image.base.";
const BASE_DIGEST = "org.opencontainers.image.base.digest";
/** Marks an image whose files are not those of a commit; nothing so marked is promoted. */
const DIRTY = "dev.image-factory.dirty";

export const requiredLabels: PolicyRule = {
  id: "required-labels",
  title: "Images say where they come from",
  description: "A build has to set the OCI labels that name its source, its revision and the base that it stands on.",
  remedy:
    "Build the image through the factory's components, which derive these labels; what a base is labelled with is inherited and does not count.",
  url: rulePage("required-labels"),
  check: (facts, { requiredLabels: required }) => {
    const { labels } = facts;
    if (labels === undefined) return [];
    const missing = required
      .filter((name) => isRequired(name, facts, labels))
      .filter((name) => !labels.has(name) || labels.get(name) === "")
      .map((name) => missingLabel(facts, name));
    return [...missing, ...wrongBaseDigest(facts, labels)];
  },
};

function isRequired(name: string, facts: BuildFacts, labels: Labels): boolean {
  if (name === REVISION && labels.get(DIRTY) === "true") return false;
  return !name.startsWith(BASE_LABELS) || baseOf(facts) !== undefined;
}

function missingLabel({ labels, place }: BuildFacts, name: string): Problem {
  const found = labels?.has(name) ? "is empty" : "is missing";
  const message = `the label ${name} ${found}; allowed is a build that sets it.`;
  return { place, message, remedy: remedyFor(name), rule: requiredLabels.id };
}

function remedyFor(name: string): string {
  if (name.endsWith(".source")) return "Set `factory:source` in the stack's configuration.";
  if (name === REVISION) return "Commit the image's files: the revision is the last commit that touched them.";
  if (name.startsWith(BASE_LABELS)) return "Build it through the factory's components, which label it with its base.";
  return `Add \`${name}\` to \`labels\` in image.yaml.`;
}

/** A label that names another digest than the one that FROM is replaced by would be believed by whoever looks for images to rebuild. */
function wrongBaseDigest(facts: BuildFacts, labels: Labels): readonly Problem[] {
  const claimed = labels.get(BASE_DIGEST) ?? "";
  const base = baseOf(facts)?.source;
  if (claimed === "" || base?.kind !== "digest" || base.digest === claimed) return [];
  const message = `the label ${BASE_DIGEST} says ${claimed}, but FROM is replaced by ${base.digest}; allowed is the digest that is built on.`;
  return [{ place: facts.place, message, remedy: remedyFor(BASE_DIGEST), rule: requiredLabels.id }];
}

/** What the target's own stages stand on at last; undefined for scratch, and where that depends on the platform. */
function baseOf({ lineages, dockerfile, uses }: BuildFacts): { readonly source?: Source } | undefined {
  const [lineage, ...others] = lineages;
  const from = lineage?.stages.findLast(({ place }) => place.file === dockerfile.file)?.from;
  if (from === undefined || others.length > 0 || from.resolution.kind === "scratch") return undefined;
  return uses.find(({ reference }) => reference.place.line === from.place.line) ?? {};
}
