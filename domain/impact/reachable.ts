import type { ImageGraph, VariantNode } from "../graph/types.js";
import type { Reachable } from "./types.js";

/**
 * The images of a graph, each after what it stands on.
 *
 * @param leftOut reasons why a stack does not build an image, by id
 */
export function reachableOf(
  { nodes }: Pick<ImageGraph, "nodes">,
  leftOut: ReadonlyMap<string, string> = new Map(),
): readonly Reachable[] {
  return nodes.map((node) => {
    const { id, image } = node;
    const reason = leftOut.get(id);
    return {
      id,
      kind: image.kind,
      ...(image.owner === undefined ? {} : { owner: image.owner }),
      bases: basesOf(node),
      autoRebuild: image.rebuild.autoRebuild,
      ...(reason === undefined ? {} : { leftOut: reason }),
    };
  });
}

/** What a node stands on directly, by the names that a change is told in: ids, external names, `pool/<name>`. */
export function basesOf({ dependencies }: Pick<VariantNode, "dependencies">): readonly string[] {
  const bases = new Set<string>();
  for (const dependency of dependencies) {
    if (dependency.kind === "managed") bases.add(dependency.id);
    else bases.add(dependency.kind === "pool" ? `pool/${dependency.name}` : dependency.name);
  }
  return [...bases].sort();
}
