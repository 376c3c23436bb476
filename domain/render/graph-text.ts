import type { ImageGraph } from "../graph/types.js";
import { type DrawnNode, drawGraph } from "./graph-drawing.js";

/**
 * The graph as trees: below each name what stands on it. An image that stands on several things is listed below each, but
 * what stands on it only the first time; `...` says that it is above.
 */
export function renderGraphText(graph: ImageGraph): string {
  const { nodes, edges } = drawGraph(graph);
  const nodeOf = new Map(nodes.map((node) => [node.key, node]));
  const children = new Map<string, DrawnNode[]>(nodes.map(({ key }) => [key, []]));
  const isRoot = new Set(nodeOf.keys());
  for (const { from, to } of edges) {
    const node = nodeOf.get(to);
    if (node !== undefined) children.get(from)?.push(node);
    isRoot.delete(to);
  }
  const lines: string[] = [];
  const shown = new Set<string>();
  const write = (node: DrawnNode, first: string, below: string) => {
    const dependents = children.get(node.key) ?? [];
    const repeated = shown.has(node.key) && dependents.length > 0;
    lines.push(`${first}${node.label}${node.kind === "external" ? " (external)" : ""}${repeated ? " ..." : ""}`);
    if (repeated) return;
    shown.add(node.key);
    for (const [index, dependent] of dependents.entries()) {
      const isLast = index === dependents.length - 1;
      write(dependent, `${below}${isLast ? "└─ " : "├─ "}`, `${below}${isLast ? "   " : "│  "}`);
    }
  };
  for (const node of nodes) if (isRoot.has(node.key)) write(node, "", "");
  return lines.length === 0 ? "no images\n" : `${lines.join("\n")}\n`;
}
