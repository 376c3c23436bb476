import type { BuildPlan } from "./types.js";

/** Ids of the secrets that the builds of a plan mount, sorted, each once. */
export function secretIds({ images }: Pick<BuildPlan, "images">): readonly string[] {
  return [...new Set(images.flatMap(({ node }) => node.image.secrets.map(({ id }) => id)))].sort();
}
