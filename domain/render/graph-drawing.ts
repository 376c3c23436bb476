import type { Dependency, ImageGraph } from "../graph/types.js";

/** Something to draw: an image that we build, or what one stands on. */
export interface DrawnNode {
  /** Unique and stable: `managed:python`, `pool:debian`, `external:docker.io/library/nginx:1.27`. */
  readonly key: string;
  readonly kind: "base" | "application" | "pool" | "mixin" | "external";
  readonly label: string;
}

/** An edge from what is stood on to what stands on it, by key. */
export interface DrawnEdge {
  readonly from: string;
  readonly to: string;
}

/** A graph as nodes and edges, each once: first what is not built here, sorted, then the images in the order of the graph. */
export interface Drawing {
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly DrawnEdge[];
}

export function drawGraph(graph: ImageGraph): Drawing {
  const sources = new Map<string, DrawnNode>();
  const images: DrawnNode[] = [];
  const edges: DrawnEdge[] = [];
  for (const { id, image, dependencies } of graph.nodes) {
    const to = `managed:${id}`;
    images.push({ key: to, kind: image.kind, label: id });
    const froms = new Set<string>();
    for (const dependency of dependencies) {
      const from = keyOf(dependency);
      froms.add(from);
      if (dependency.kind !== "managed") {
        const label = dependency.kind === "external" ? dependency.name : `${dependency.kind}/${dependency.name}`;
        sources.set(from, { key: from, kind: dependency.kind, label });
      }
    }
    for (const from of [...froms].sort()) edges.push({ from, to });
  }
  const sorted = [...sources.values()].sort((left, right) => (left.key < right.key ? -1 : 1));
  return { nodes: [...sorted, ...images], edges };
}

function keyOf(dependency: Dependency): string {
  return `${dependency.kind}:${dependency.kind === "managed" ? dependency.id : dependency.name}`;
}
