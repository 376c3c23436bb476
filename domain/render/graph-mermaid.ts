import type { ImageGraph } from "../graph/types.js";
import { type DrawnNode, drawGraph } from "./graph-drawing.js";

/** How each kind looks: brackets around the label. */
const SHAPES: Readonly<Record<DrawnNode["kind"], readonly [open: string, close: string]>> = {
  base: ["[[", "]]"],
  application: ["[", "]"],
  pool: ["[(", ")]"],
  mixin: ["[/", "/]"],
  external: ["([", "])"],
};

/** The graph as a Mermaid flowchart; arrows lead from what is stood on to what stands on it. */
export function renderGraphMermaid(graph: ImageGraph): string {
  const { nodes, edges } = drawGraph(graph);
  const names = new Map(nodes.map(({ key }, index) => [key, `n${index}`]));
  const lines = ["flowchart LR"];
  for (const { key, kind, label } of nodes) {
    const [open, close] = SHAPES[kind];
    lines.push(`  ${names.get(key)}${open}"${label}"${close}`);
  }
  for (const { from, to } of edges) lines.push(`  ${names.get(from)} --> ${names.get(to)}`);
  return `${lines.join("\n")}\n`;
}
