import type { Catalogue } from "../catalogue/types.js";
import type { Dependency, ImageGraph, VariantNode } from "../graph/types.js";
import type { Pins } from "../pins/types.js";
import type { Checked } from "../problems.js";
import type { Settings } from "../settings/types.js";
import { buildId, sourceHash } from "./build-id.js";
import { generateDockerfile } from "./generated-dockerfile.js";
import { imageLabels } from "./labels.js";
import { NO_REVISION, type Revisions } from "./revisions.js";
import { selectImages } from "./selection.js";
import type { ImageSource, Sources } from "./sources.js";
import type { BuildPlan, NamedContext, NamedContextSource, PlannedImage, PlannedPool } from "./types.js";

export interface PlanInputs {
  readonly catalogue: Pick<Catalogue, "images">;
  readonly graph: ImageGraph;
  readonly pins: Pins;
  readonly settings: Pick<Settings, "stack" | "source" | "with" | "only">;
  readonly sources: Sources;
  readonly revisions: Revisions;
}

/**
 * What is to be built, in which order and on what. An image of which something is not known (a reference without a pin, a
 * pool without a lock) is left out of the value, with what stands on it; the problem is reported once, by the stage that
 * found it.
 */
export function buildPlan(inputs: PlanInputs): Checked<BuildPlan> {
  const { value: selection, problems } = selectImages(inputs.graph, inputs.settings);
  const pools = new Pools(inputs.catalogue);
  const planned = new Map<string, PlannedImage>();
  for (const node of selection.nodes) {
    const contexts = namedContexts(node, inputs.pins, pools, planned);
    const source = inputs.sources.get(node.id);
    if (contexts === undefined || source === undefined) continue;
    planned.set(node.id, planImage(node, contexts, source, planned, inputs));
  }
  const images = [...planned.values()].sort((a, b) => a.wave - b.wave || (a.id < b.id ? -1 : 1));
  return { value: { pools: pools.used(), images, leftOut: selection.leftOut }, problems };
}

function planImage(
  node: VariantNode,
  contexts: readonly NamedContext[],
  source: ImageSource,
  planned: ReadonlyMap<string, PlannedImage>,
  { pins, settings, revisions }: PlanInputs,
): PlannedImage {
  const { id, image, variant } = node;
  const revision = revisions.byDirectory.get(image.directory) ?? NO_REVISION;
  const dockerfile = generateDockerfile(id, node.dockerfile, source, pins);
  const base = baseOf(node, contexts);
  const buildArgs = { ...variant.args, SOURCE_DATE_EPOCH: String(revision.epoch) };
  const labels = imageLabels(node, settings, revision, base === undefined ? undefined : logicalName(node, base));
  let wave = 0;
  const references = contexts.map(({ name, source: from }): readonly [string, string] => {
    if (from.kind !== "managed") return [name, from.digest];
    const parent = planned.get(from.id);
    if (parent === undefined) throw new Error(`"${id}" is planned before "${from.id}", on which it stands`);
    wave = Math.max(wave, parent.wave + 1);
    return [name, parent.buildId];
  });
  const own = { dockerfile: dockerfile.text, contextHash: source.contextHash };
  return {
    id,
    node,
    wave,
    sourceHash: sourceHash(own),
    buildId: buildId({
      ...own,
      target: variant.target,
      platforms: image.platforms,
      args: buildArgs,
      labels,
      secrets: image.secrets.map((secret) => secret.id),
      network: image.network === undefined ? "none" : "default",
      references,
    }),
    dockerfile,
    namedContexts: contexts,
    ...(base === undefined ? {} : { base }),
    buildArgs,
    revision,
    labels,
  };
}

/** What each name is replaced by, sorted by name; undefined where one of them is not known. */
function namedContexts(
  { dependencies }: VariantNode,
  pins: Pins,
  pools: Pools,
  planned: ReadonlyMap<string, PlannedImage>,
): readonly NamedContext[] | undefined {
  const contexts = new Map<string, NamedContext>();
  let complete = true;
  for (const dependency of dependencies) {
    const { instruction, resolution } = dependency.reference;
    if (resolution.kind !== "image") throw new Error("a dependency that is no image");
    if (instruction === "SYNTAX") continue;
    const source = sourceOf(dependency, pins, pools, planned);
    if (source === undefined) complete = false;
    else contexts.set(resolution.familiar, { name: resolution.familiar, source });
  }
  return complete ? [...contexts.values()].sort((a, b) => (a.name < b.name ? -1 : 1)) : undefined;
}

function sourceOf(
  dependency: Dependency,
  pins: Pins,
  pools: Pools,
  planned: ReadonlyMap<string, PlannedImage>,
): NamedContextSource | undefined {
  switch (dependency.kind) {
    case "managed":
      return planned.has(dependency.id) ? { kind: "managed", id: dependency.id } : undefined;
    case "external": {
      const pin = pins.get(dependency.name);
      return pin && { kind: "external", ...pin };
    }
    case "pool": {
      const pool = pools.use(dependency.name);
      return pool && { kind: "pool", name: pool.name, digest: pool.digest };
    }
  }
}

/** The image below the target stage, found through the stages between. */
function baseOf({ dockerfile, target }: VariantNode, contexts: readonly NamedContext[]): NamedContext | undefined {
  let stage = dockerfile.stages[target];
  while (stage?.from.resolution.kind === "stage") stage = dockerfile.stages[stage.from.resolution.stage];
  const resolution = stage?.from.resolution;
  if (resolution?.kind !== "image") return undefined;
  return contexts.find(({ name }) => name === resolution.familiar);
}

/** The base's name without our registry's address: the same in every stack. */
function logicalName({ dependencies }: VariantNode, { name, source }: NamedContext): string {
  if (source.kind === "managed") return source.id;
  if (source.kind === "pool") return `pool/${source.name}`;
  const external = dependencies.find(
    ({ kind, reference: { resolution } }) =>
      kind === "external" && resolution.kind === "image" && resolution.familiar === name,
  );
  return external?.kind === "external" ? external.name : source.repository;
}

/** The pool images that the plan needs. */
class Pools {
  private readonly known: ReadonlyMap<string, PlannedPool>;
  private readonly needed = new Set<string>();

  constructor({ images }: Pick<Catalogue, "images">) {
    this.known = new Map(
      images.flatMap(({ name, lock }) =>
        lock === undefined ? [] : [[name, { name, lockFile: lock.file, digest: lock.poolDigest }]],
      ),
    );
  }

  use(name: string): PlannedPool | undefined {
    const pool = this.known.get(name);
    if (pool !== undefined) this.needed.add(name);
    return pool;
  }

  used(): readonly PlannedPool[] {
    return [...this.known.values()]
      .filter(({ name }) => this.needed.has(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
