import type { VariantNode } from "../graph/types.js";

/** A plan, or as much of one as names what builds mount. */
interface Building {
  readonly images: readonly { readonly node: Pick<VariantNode, "image"> }[];
}

/** Ids of the secrets that the builds of a plan mount, sorted, each once. */
export function secretIds({ images }: Building): readonly string[] {
  return [...new Set(images.flatMap(({ node }) => node.image.secrets.map(({ id }) => id)))].sort();
}
