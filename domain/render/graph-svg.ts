import { instance } from "@viz-js/viz";
import type { ImageGraph } from "../graph/types.js";
import { type DrawnNode, drawGraph } from "./graph-drawing.js";

const SHAPES: Readonly<Record<DrawnNode["kind"], string>> = {
  base: "box3d",
  application: "box",
  pool: "cylinder",
  mixin: "note",
  external: "ellipse",
};

/** The graph as an SVG drawing, laid out by Graphviz; equal graphs give equal bytes. */
export async function renderGraphSvg(graph: ImageGraph): Promise<string> {
  const { nodes, edges } = drawGraph(graph);
  const viz = await instance();
  return viz.renderString(
    {
      graphAttributes: { rankdir: "LR" },
      nodeAttributes: { fontname: "sans-serif", fontsize: 11 },
      nodes: nodes.map(({ key, kind, label }) => ({ name: key, attributes: { label, shape: SHAPES[kind] } })),
      edges: edges.map(({ from, to }) => ({ tail: from, head: to })),
    },
    { format: "svg" },
  );
}
