import { OWN_HOST } from "../../graph/dependencies.js";
import type { Problem } from "../../problems.js";
import type { BuildFacts, Source, Use } from "../facts.js";
import { type PolicyRule, rulePage } from "../rule.js";

export const pinnedReferences: PolicyRule = {
  id: "pinned-references",
  title: "Everything that a build reads is pinned",
  description:
    "Every image and context that a build reaches has to be replaced by a sha256 digest, so that nothing floating is built.",
  remedy: "Run `npx factory pin`, which looks the digest up and adopts it.",
  url: rulePage("pinned-references"),
  check: (facts) => [...facts.uses.flatMap(problemOfUse), ...problemsOfContexts(facts), ...replacedStages(facts)],
};

function problemOfUse({ reference, source }: Use): readonly Problem[] {
  const { place, written, resolution } = reference;
  if (resolution.kind === "unresolved") {
    const message = `${written} cannot be resolved: ${resolution.reason}; allowed is a name that leads to a digest.`;
    const remedy = "Write the name out, or give the ARG a default.";
    return [{ place, message, remedy, rule: pinnedReferences.id }];
  }
  if (source?.kind === "digest") return strangersImage(reference, source.repository);
  if (source !== undefined && source.kind !== "floating") return [];
  const message =
    source === undefined
      ? `${written} is not pinned; allowed is a reference that is replaced by a sha256 digest.`
      : `${written} is replaced by ${source.found}, which can move; allowed is \`docker-image://<repository>@sha256:<digest>\`.`;
  return [{ place, message, remedy: remedyFor(reference), rule: pinnedReferences.id }];
}

function remedyFor({ resolution, instruction }: Use["reference"]): string {
  if (instruction === "SYNTAX")
    return "Remove the `# syntax=` line (BuildKit brings a frontend), or end it with `@sha256:<digest>`.";
  return resolution.kind === "image" ? `Run \`npx factory pin ${resolution.name}\`.` : pinnedReferences.remedy;
}

/** A name of ours may be replaced by the image of that name alone: everybody reads the Dockerfile as if it were so. */
function strangersImage({ place, written, resolution }: Use["reference"], repository: string): readonly Problem[] {
  if (resolution.kind !== "image" || !resolution.name.startsWith(OWN_HOST)) return [];
  const name = resolution.familiar.slice(OWN_HOST.length);
  if (repository.endsWith(`/${name}`)) return [];
  const message = `${written} is replaced by ${repository}; allowed is the repository \`${name}\` of the factory's registry.`;
  const remedy = "Build it through the factory's components, which know the digest of each image.";
  return [{ place, message, remedy, rule: pinnedReferences.id }];
}

/** BuildKit takes a named context for a stage of that name, whose instructions then never run. */
function replacedStages({ contexts, dockerfile }: BuildFacts): readonly Problem[] {
  const names = new Set(contexts.map(({ name }) => name));
  return dockerfile.stages
    .filter(({ name }) => name !== undefined && names.has(name))
    .map(({ name, place }) => ({
      place,
      message: `the stage ${name} is replaced by a named context of that name; allowed are contexts for images alone.`,
      remedy: "Give the stage or the context another name.",
      rule: pinnedReferences.id,
    }));
}

/** Contexts that no reference accounts for: they would be read if BuildKit saw a reference that we did not. */
function problemsOfContexts({ contexts, context, uses, place }: BuildFacts): readonly Problem[] {
  const blamed = new Set(uses.map(({ source }) => (source?.kind === "floating" ? source.found : undefined)));
  const suspects: readonly { readonly name: string; readonly source: Source }[] = [
    { name: "the build context", source: context },
    ...contexts,
  ];
  const problems: Problem[] = [];
  for (const { name, source } of suspects) {
    if (source.kind !== "floating" || blamed.has(source.found)) continue;
    const message = `${name} is read from ${source.found}, which can move; allowed are a digest, a local folder and a git commit.`;
    problems.push({
      place,
      message,
      remedy: "Name a digest or a full commit hash, or use a local folder.",
      rule: pinnedReferences.id,
    });
  }
  return problems;
}
