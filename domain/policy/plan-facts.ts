import { reachable } from "../dockerfile/reachable.js";
import type { Reference } from "../dockerfile/types.js";
import type { BuildPlan, NamedContextSource, PlannedImage } from "../plan/types.js";
import type { BuildFacts, Source, Use } from "./facts.js";
import { type BaseImage, type FindBase, lineagesOf } from "./lineage.js";
import { placeOfSettings } from "./place.js";
import { pinnedSource } from "./sources.js";

/** What the rules look at, for every image of a plan. */
export function factsOfPlan(plan: BuildPlan): readonly BuildFacts[] {
  const findBase = basesOf(plan);
  return plan.images.map((planned) => factsOf(planned, findBase));
}

function factsOf(planned: PlannedImage, findBase: FindBase): BuildFacts {
  const { image, variant, dockerfile, target } = planned.node;
  const references = reachable(dockerfile, target);
  const reached = new Set(references.map(({ stage }) => stage));
  const contexts = planned.namedContexts.map(({ name, source }) => ({ name, source: sourceOf(source) }));
  const buildArgs = Object.entries(planned.buildArgs);
  return {
    id: planned.id,
    place: placeOfSettings(image, dockerfile, target),
    dockerfile,
    stages: dockerfile.stages.filter(({ index }) => reached.has(index)),
    lineages: lineagesOf(dockerfile, target, image.platforms, findBase),
    uses: references.flatMap((reference) => useOf(reference, contexts, planned)),
    contexts,
    context: { kind: "content" },
    platforms: image.platforms,
    declaredPlatforms: image.platforms,
    buildArgs: buildArgs.map(([name, value]) => ({ name, value, place: variant.place })),
    labels: labelsOf(planned),
    network: image.network === undefined ? "none" : "default",
    ...(image.network && { networkException: image.network }),
    destinations: [],
  };
}

function useOf(reference: Reference, contexts: BuildFacts["contexts"], planned: PlannedImage): readonly Use[] {
  const { resolution, instruction } = reference;
  if (resolution.kind === "stage" || resolution.kind === "scratch") return [];
  const source =
    instruction === "SYNTAX"
      ? frontendOf(planned.dockerfile.text)
      : contexts.find(({ name }) => resolution.kind === "image" && name === resolution.familiar)?.source;
  return [source === undefined ? { reference } : { reference, source }];
}

/** BuildKit does not look for a named context for its frontend: only a digest in the text that it reads pins that. */
function frontendOf(generated: string): Source | undefined {
  const written = /^#\s*syntax\s*=\s*(\S+)/im.exec(generated)?.[1];
  return written === undefined ? undefined : pinnedSource(written);
}

function sourceOf(source: NamedContextSource): Source {
  if (source.kind === "mixin") return { kind: "content" };
  return source.kind === "external" ? { ...source, kind: "digest" } : { kind: "later" };
}

/** The base's digest is added when the base is there. */
function labelsOf({ labels, base }: PlannedImage): ReadonlyMap<string, string | undefined> {
  const planned = new Map<string, string | undefined>(Object.entries(labels));
  if (base !== undefined) planned.set("org.opencontainers.image.base.digest", undefined);
  return planned;
}

function basesOf({ images }: BuildPlan): FindBase {
  const nodes = new Map(images.map(({ id, node }) => [id, node]));
  const bases = new Map<string, BaseImage>();
  for (const { node } of images) {
    for (const dependency of node.dependencies) {
      const { resolution } = dependency.reference;
      if (dependency.kind === "external" || resolution.kind !== "image") continue;
      const base = dependency.kind === "managed" ? nodes.get(dependency.id) : undefined;
      if (dependency.kind === "pool") bases.set(resolution.name, { kind: "empty" });
      else if (base !== undefined)
        bases.set(resolution.name, { kind: "built", dockerfile: base.dockerfile, target: base.target });
    }
  }
  return (name) => bases.get(name);
}
