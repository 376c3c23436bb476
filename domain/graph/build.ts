import { type Catalogue, type ManagedImage, type Variant, variantId } from "../catalogue/types.js";
import { findTarget, reachable } from "../dockerfile/reachable.js";
import type { Dockerfile } from "../dockerfile/types.js";
import type { Checked, Problem } from "../problems.js";
import { describeCycles } from "./cycles.js";
import { DependencyReader, managedIds } from "./dependencies.js";
import { orderByWave } from "./order.js";
import type { ImageGraph, VariantNode } from "./types.js";

/**
 * The graph of all image variants: what each stands on, after its target and its platforms. Time and memory are linear in the
 * number of references. Images in a cycle, and what stands on them, are left out of the value.
 *
 * @param dockerfiles by variant id, read with the variant's arguments; a variant without one is left out
 */
export function buildGraph(catalogue: Catalogue, dockerfiles: ReadonlyMap<string, Dockerfile>): Checked<ImageGraph> {
  const problems: Problem[] = [];
  const reader = new DependencyReader(catalogue);
  const candidates = new Map<string, VariantNode>();
  for (const image of catalogue.images) {
    for (const variant of image.variants) {
      const id = variantId(image, variant);
      const dockerfile = dockerfiles.get(id);
      if (dockerfile === undefined) continue;
      const node = readNode(id, image, variant, dockerfile, reader);
      problems.push(...node.problems);
      if (node.value !== undefined) candidates.set(id, node.value);
    }
  }
  const nodes = orderByWave(candidates);
  if (nodes.length < candidates.size) problems.push(...describeCycles(candidates, new Set(nodes.map(({ id }) => id))));
  const value = { nodes, dependents: dependentsOf(nodes), externals: externalsOf(nodes) };
  return { value, problems: withoutRepetition(problems) };
}

function readNode(
  id: string,
  image: ManagedImage,
  variant: Variant,
  dockerfile: Dockerfile,
  reader: DependencyReader,
): Checked<VariantNode | undefined> {
  const target = findTarget(dockerfile, variant.target, variant.place);
  if (target.value === undefined) return { value: undefined, problems: target.problems };
  const { value: dependencies, problems } = reader.read(dockerfile, reachable(dockerfile, target.value));
  const mixins = reader.mixinsOf(image, dependencies);
  const value = { id, image, variant, dockerfile, target: target.value, dependencies, mixins: mixins.value };
  return { value, problems: [...problems, ...mixins.problems] };
}

function dependentsOf(nodes: readonly VariantNode[]): ReadonlyMap<string, readonly string[]> {
  const ids = new Set(nodes.map(({ id }) => id));
  const dependents = new Map<string, string[]>();
  for (const node of nodes) {
    for (const id of managedIds(node.dependencies)) {
      const known = dependents.get(id);
      if (known !== undefined) known.push(node.id);
      else if (ids.has(id)) dependents.set(id, [node.id]);
    }
  }
  for (const each of dependents.values()) each.sort();
  return dependents;
}

function externalsOf(nodes: readonly VariantNode[]): readonly string[] {
  const names = new Set<string>();
  for (const { dependencies } of nodes) {
    for (const dependency of dependencies) if (dependency.kind === "external") names.add(dependency.name);
  }
  return [...names].sort();
}

/** Variants of one image read the same file and find the same faults. */
function withoutRepetition(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}
