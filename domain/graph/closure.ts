import { managedIds } from "./dependencies.js";
import type { ImageGraph, VariantNode } from "./types.js";

/** These nodes and all that stand on them, directly or not, in the order of the graph: the blast radius of a change. */
export function affectedBy({ nodes, dependents }: ImageGraph, ids: Iterable<string>): readonly VariantNode[] {
  const affected = new Set(ids);
  // A set hands out what is added to it while it is being walked.
  for (const id of affected) {
    for (const dependent of dependents.get(id) ?? []) affected.add(dependent);
  }
  return nodes.filter(({ id }) => affected.has(id));
}

/** These nodes and all that they stand on, directly or not, in the order of the graph. */
export function neededFor({ nodes }: ImageGraph, ids: Iterable<string>): readonly VariantNode[] {
  const needed = new Set(ids);
  // Every node comes after what it stands on, so one pass backwards finds all.
  for (const { id, dependencies } of nodes.toReversed()) {
    if (!needed.has(id)) continue;
    for (const dependency of managedIds(dependencies)) needed.add(dependency);
  }
  return nodes.filter(({ id }) => needed.has(id));
}
