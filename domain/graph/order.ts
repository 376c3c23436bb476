import { managedIds } from "./dependencies.js";
import type { ImageGraph, VariantNode } from "./types.js";

/** Nodes by wave, then by id, so that each stands after what it stands on. Those in a cycle and what stands on them are missing. */
export function orderByWave(nodes: ReadonlyMap<string, VariantNode>): readonly VariantNode[] {
  const dependents = new Map<string, VariantNode[]>();
  const missing = new Map<string, number>();
  let wave: VariantNode[] = [];
  for (const node of nodes.values()) {
    const ids = [...managedIds(node.dependencies)].filter((id) => nodes.has(id));
    missing.set(node.id, ids.length);
    if (ids.length === 0) wave.push(node);
    for (const id of ids) {
      const known = dependents.get(id);
      if (known === undefined) dependents.set(id, [node]);
      else known.push(node);
    }
  }
  const ordered: VariantNode[] = [];
  while (wave.length > 0) {
    wave.sort(byId);
    const next: VariantNode[] = [];
    for (const { id } of wave) {
      for (const dependent of dependents.get(id) ?? []) {
        const left = (missing.get(dependent.id) ?? 0) - 1;
        missing.set(dependent.id, left);
        if (left === 0) next.push(dependent);
      }
    }
    for (const node of wave) ordered.push(node);
    wave = next;
  }
  return ordered;
}

/** The nodes in waves: those of one wave stand on earlier waves only and can be built together. */
export function waves({ nodes }: ImageGraph): readonly (readonly VariantNode[])[] {
  const waveOf = new Map<string, number>();
  const result: VariantNode[][] = [];
  for (const node of nodes) {
    let wave = 0;
    for (const id of managedIds(node.dependencies)) wave = Math.max(wave, (waveOf.get(id) ?? -1) + 1);
    waveOf.set(node.id, wave);
    const members = result[wave];
    if (members === undefined) result[wave] = [node];
    else members.push(node);
  }
  return result;
}

function byId(left: VariantNode, right: VariantNode): number {
  return left.id < right.id ? -1 : 1;
}
