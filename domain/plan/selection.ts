import { neededFor } from "../graph/closure.js";
import type { ImageGraph, VariantNode } from "../graph/types.js";
import type { Checked, Problem } from "../problems.js";
import type { Settings } from "../settings/types.js";
import { didYouMean } from "../suggest.js";

/** Which images are built, and why the others are not. */
export interface Selection {
  readonly nodes: readonly VariantNode[];
  readonly leftOut: readonly { readonly id: string; readonly reason: string }[];
}

/**
 * Leaves out images whose runner is not there and those that are built on demand, what stands on them, and whatever
 * `factory:only` neither names nor needs. `factory:with` brings back what it names and all that that stands on. Both lists
 * name images, which means all variants, or single variants.
 */
export function selectImages(
  graph: ImageGraph,
  settings: Pick<Settings, "stack" | "with" | "only" | "cloud">,
): Checked<Selection> {
  const { nodes } = graph;
  const reasons = new Map<string, string>();
  const wanted = idsOf(graph, settings.with);
  const gpu = settings.cloud?.runners?.pools.gpu !== undefined;
  for (const node of nodes) {
    const reason = (wanted.has(node.id) ? undefined : ownReason(node, gpu)) ?? inheritedReason(node, reasons);
    if (reason !== undefined) reasons.set(node.id, reason);
  }
  if (settings.only.length > 0) {
    const needed = idsOf(graph, settings.only);
    for (const { id } of nodes) {
      if (!needed.has(id) && !reasons.has(id))
        reasons.set(id, `factory:only does not name it (${settings.only.join(", ")})`);
    }
  }
  const leftOut = [...reasons].map(([id, reason]) => ({ id, reason })).sort((a, b) => (a.id < b.id ? -1 : 1));
  const value = { nodes: leftOut.length === 0 ? nodes : nodes.filter(({ id }) => !reasons.has(id)), leftOut };
  return { value, problems: unknownNames(nodes, settings) };
}

/** What these names mean, and all that it stands on. */
function idsOf(graph: ImageGraph, names: readonly string[]): ReadonlySet<string> {
  if (names.length === 0) return new Set();
  const named = graph.nodes.filter(({ id, image }) => names.includes(id) || names.includes(image.name));
  const needed = neededFor(
    graph,
    named.map(({ id }) => id),
  );
  return new Set(needed.map(({ id }) => id));
}

function ownReason({ image: { name, onDemand, runner } }: VariantNode, gpu: boolean): string | undefined {
  if (runner !== "cpu" && !gpu) return `runner: ${runner}; add ${name} to factory:with where there is one`;
  return onDemand && `on demand (${onDemand}); add ${name} to factory:with`;
}

function inheritedReason({ dependencies }: VariantNode, reasons: ReadonlyMap<string, string>): string | undefined {
  if (reasons.size === 0) return undefined;
  const missing = dependencies.find((dependency) => dependency.kind === "managed" && reasons.has(dependency.id));
  return missing?.kind === "managed" ? `stands on ${missing.id}, which is left out` : undefined;
}

function unknownNames(
  nodes: readonly VariantNode[],
  settings: Pick<Settings, "stack" | "with" | "only">,
): readonly Problem[] {
  if (settings.with.length === 0 && settings.only.length === 0) return [];
  const known = new Set(nodes.flatMap(({ id, image }) => [id, image.name]));
  const place = { file: `Pulumi.${settings.stack}.yaml` };
  const problems: Problem[] = [];
  for (const setting of ["with", "only"] as const) {
    for (const name of settings[setting]) {
      if (known.has(name)) continue;
      const message = `factory:${setting} names "${name}", but there is no such image.`;
      problems.push({ place, message, remedy: `${didYouMean(name, known)}Images: ${[...known].sort().join(", ")}.` });
    }
  }
  return problems;
}
