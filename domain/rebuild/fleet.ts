import type { Catalogue } from "../catalogue/types.js";
import { parseImageName, repositoryName } from "../dockerfile/image-name.js";
import type { ImageGraph } from "../graph/types.js";
import type { BuiltImage, Fleet } from "./types.js";

/**
 * What the engine decides about. An external image that `images.yaml` enrols soaks as long as it says there. One that was only
 * found in Dockerfiles has one pin for all who stand on it: the longest delay of them holds.
 */
export function fleetOf(catalogue: Pick<Catalogue, "externals">, { nodes, externals }: ImageGraph): Fleet {
  const built: BuiltImage[] = [];
  const longest = new Map<string, number>();
  for (const { id, image, dependencies } of nodes) {
    const bases = new Set<string>();
    for (const dependency of dependencies) {
      if (dependency.kind === "pool" || dependency.kind === "mixin") continue;
      if (dependency.kind === "managed") {
        bases.add(dependency.id);
        continue;
      }
      bases.add(dependency.name);
      longest.set(dependency.name, Math.max(longest.get(dependency.name) ?? 0, image.rebuild.delayMs));
    }
    built.push({ id, bases: [...bases].sort(), autoRebuild: image.rebuild.autoRebuild });
  }
  const enrolled = new Map(catalogue.externals.map(({ repoURL, rebuild }) => [repoURL, rebuild]));
  const watched = externals.map((name) => {
    const parsed = parseImageName(name);
    const policy = parsed === undefined ? undefined : enrolled.get(repositoryName(parsed));
    return {
      name,
      delayMs: policy?.delayMs ?? longest.get(name) ?? 0,
      autoRebuild: policy?.autoRebuild ?? true,
    };
  });
  return { watched, built };
}
