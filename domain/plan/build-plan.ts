import { filesOf } from "../catalogue/mixin.js";
import { type Catalogue, contextOf } from "../catalogue/types.js";
import { reachable } from "../dockerfile/reachable.js";
import type { Dependency, ImageGraph, VariantNode } from "../graph/types.js";
import type { Pins } from "../pins/types.js";
import type { Checked } from "../problems.js";
import type { Settings } from "../settings/types.js";
import { type BuildInputs, buildId, type Identity } from "./build-id.js";
import { generateDockerfile } from "./generated-dockerfile.js";
import { imageLabels } from "./labels.js";
import { foldersOf, type Revisions, revisionOf } from "./revisions.js";
import { selectImages } from "./selection.js";
import type { ImageSource, Sources } from "./sources.js";
import type { BuildPlan, NamedContext, PlannedImage, PlannedPool } from "./types.js";

export interface PlanInputs {
  readonly catalogue: Pick<Catalogue, "images">;
  readonly graph: ImageGraph;
  readonly pins: Pins;
  readonly settings: Pick<Settings, "stack" | "source" | "with" | "only">;
  readonly sources: Sources;
  readonly revisions: Revisions;
}

/**
 * What is to be built, in which order and on what. An image of which something is not known (a base that does not exist, a
 * reference without a pin, a pool without a lock) is left out of the value, with what stands on it; the problem is
 * reported once, by the stage that found it.
 */
export function buildPlan(inputs: PlanInputs): Checked<BuildPlan> {
  const { value: selection, problems } = selectImages(inputs.graph, inputs.settings);
  const pools = new Pools(inputs.catalogue);
  const known = new Foundations(inputs.pins, pools);
  const images: PlannedImage[] = [];
  for (const node of selection.nodes) {
    const source = inputs.sources.get(node.id);
    const foundations = source && foundationsOf(node, source, known);
    if (foundations === undefined || source === undefined) continue;
    const image = planImage(node, foundations, source, inputs);
    images.push(image);
    if (inputs.graph.dependents.has(node.id)) known.add(image);
  }
  images.sort((a, b) => a.wave - b.wave || (a.id < b.id ? -1 : 1));
  return { value: { pools: pools.used(), images, leftOut: selection.leftOut }, problems };
}

/** One thing that an image stands on. */
interface Foundation extends Identity {
  readonly context: NamedContext;
  /** The first wave in which an image that stands on it can be built. */
  readonly wave: number;
}

function planImage(
  node: VariantNode,
  foundations: readonly Foundation[],
  source: ImageSource,
  { pins, settings, revisions }: PlanInputs,
): PlannedImage {
  const { id, image, variant } = node;
  const revision = revisionOf(revisions, foldersOf(node), source, contextOf(image));
  const dockerfile = generateDockerfile(id, node.dockerfile, source, pins);
  const contexts = foundations.map(({ context }) => context);
  const base = baseOf(node, contexts);
  const buildArgs = { ...variant.args, SOURCE_DATE_EPOCH: String(revision.epoch) };
  const labels = imageLabels(node, settings, revision, base === undefined ? undefined : logicalName(node, base));
  const inputs: BuildInputs = {
    dockerfile: dockerfile.text,
    context: source.contextHash,
    target: variant.target,
    platforms: image.platforms,
    args: buildArgs,
    labels,
    secrets: image.secrets.map((secret) => secret.id),
    network: image.network === undefined ? "none" : "default",
    compression: image.compression,
    references: foundations,
  };
  return {
    id,
    node,
    wave: foundations.reduce((latest, { wave }) => Math.max(latest, wave), 0),
    contextHash: source.contextHash,
    buildId: buildId(inputs),
    dockerfile,
    namedContexts: contexts,
    buildArgs,
    revision,
    labels,
    ...(base && { base }),
  };
}

/** What each name is replaced by, sorted by name; undefined where one of them is not known. */
function foundationsOf(node: VariantNode, source: ImageSource, known: Foundations): readonly Foundation[] | undefined {
  if (!leadsSomewhere(node)) return undefined;
  const foundations: Foundation[] = [];
  for (const dependency of node.dependencies) {
    if (dependency.reference.instruction === "SYNTAX") continue;
    const foundation = known.of(dependency, source);
    if (foundation === undefined) return undefined;
    if (!foundations.includes(foundation)) foundations.push(foundation);
  }
  return foundations.length < 2 ? foundations : foundations.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Whether the graph knows for every reference where it leads; it has told of those for which it does not. */
function leadsSomewhere({ dependencies, dockerfile, target }: VariantNode): boolean {
  let outwards = 0;
  for (const { resolution } of reachable(dockerfile, target)) {
    if (resolution.kind === "image" || resolution.kind === "unresolved") outwards += 1;
  }
  return outwards === dependencies.length;
}

/** What images stand on, each made once however many stand on it. */
class Foundations {
  private readonly parents = new Map<string, PlannedImage>();
  private readonly byName = new Map<string, Foundation>();

  constructor(
    private readonly pins: Pins,
    private readonly pools: Pools,
  ) {}

  /** From now on others can stand on it. */
  add(image: PlannedImage): void {
    this.parents.set(image.id, image);
  }

  /** Undefined where it is not known: an image that is not planned, a missing pin, a pool without a lock. */
  of(dependency: Dependency, source: ImageSource): Foundation | undefined {
    const { resolution } = dependency.reference;
    if (resolution.kind !== "image") throw new Error("a dependency that is no image");
    const name = resolution.familiar;
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    const made = this.make(name, dependency, source);
    if (made !== undefined) this.byName.set(name, made);
    return made;
  }

  private make(name: string, dependency: Dependency, { mixinHashes }: ImageSource): Foundation | undefined {
    switch (dependency.kind) {
      case "managed": {
        const parent = this.parents.get(dependency.id);
        const source = { kind: "managed", id: dependency.id } as const;
        return parent && { name, context: { name, source }, identity: parent.buildId, wave: parent.wave + 1 };
      }
      case "external": {
        const pin = this.pins.get(dependency.name);
        return pin && { name, context: { name, source: { kind: "external", ...pin } }, identity: pin.digest, wave: 0 };
      }
      case "pool": {
        const pool = this.pools.use(dependency.name);
        if (pool === undefined) return undefined;
        const source = { kind: "pool", name: pool.name, digest: pool.digest } as const;
        return { name, context: { name, source }, identity: pool.digest, wave: 0 };
      }
      case "mixin": {
        const digest = mixinHashes.get(dependency.name);
        if (digest === undefined) return undefined;
        const source = { kind: "mixin", name: dependency.name, directory: filesOf(dependency.name), digest } as const;
        return { name, context: { name, source }, identity: digest, wave: 0 };
      }
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
  if (source.kind !== "external") return `${source.kind}/${source.name}`;
  const external = dependencies.find(
    ({ kind, reference: { resolution } }) =>
      kind === "external" && resolution.kind === "image" && resolution.familiar === name,
  );
  return external?.kind === "external" ? external.name : source.repository;
}

/** The pool images that the plan needs. */
class Pools {
  private readonly known = new Map<string, PlannedPool>();
  private readonly needed = new Set<string>();

  constructor({ images }: Pick<Catalogue, "images">) {
    for (const { name, lock } of images) {
      if (lock !== undefined) this.known.set(name, { name, lockFile: lock.file, digest: lock.poolDigest });
    }
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
