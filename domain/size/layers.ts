import type { LayerSize } from "./types.js";

/** The part of an image's configuration that tells how its layers were made. */
export interface LayerHistory {
  readonly history?: readonly { readonly created_by?: string; readonly empty_layer?: boolean }[];
}

/** Layers with the instruction that made each. A history that does not fit its layers says nothing of any. */
export function namedLayers(
  layers: readonly { readonly digest: string; readonly size: number }[],
  { history = [] }: LayerHistory,
): readonly LayerSize[] {
  const made = history.filter(({ empty_layer }) => !empty_layer);
  const fits = made.length === layers.length;
  return layers.map(({ digest, size }, index) => {
    const instruction = fits ? (made[index]?.created_by ?? "") : "";
    return {
      digest,
      size,
      instruction: instruction
        .replace(/\s+/g, " ")
        .replace(/ # buildkit$/, "")
        .trim(),
    };
  });
}

/** The largest first. */
export function largest<T extends { readonly size: number }>(items: readonly T[], count: number): readonly T[] {
  return [...items].sort((left, right) => right.size - left.size).slice(0, count);
}
