import type { Catalogue, ExternalImage, RemoteImage } from "../catalogue/types.js";
import { parseImageName, repositoryName } from "../dockerfile/image-name.js";
import type { ImageGraph } from "../graph/types.js";
import { warehouseOf } from "../pins/pin.js";
import type { Warehouse } from "../state/types.js";

/** What the catalogue and the Dockerfiles say of one image. */
export interface Enrolment {
  /** As in its state. */
  readonly image: string;
  readonly kind: "external" | "managed";
  /** Where new digests are looked for: of every external image, and of no managed one. */
  readonly warehouse?: Warehouse;
  /** The entry of `images.yaml`; absent for folders, and for bases that only Dockerfiles name. */
  readonly entry?: ExternalImage | RemoteImage;
  /** Ids of the images that stand directly on it, sorted. */
  readonly dependents: readonly string[];
}

/**
 * Every image that there is, sorted by name: those built here, those that Dockerfiles name, and what `images.yaml` adds. A base
 * found in Dockerfiles is external until `images.yaml` gives it a source; from then on it is managed, in another repository.
 */
export function enrolmentsOf(
  catalogue: Pick<Catalogue, "externals" | "remotes">,
  graph: ImageGraph,
): readonly Enrolment[] {
  const entries = new Map([...catalogue.externals, ...catalogue.remotes].map((entry) => [entry.repoURL, entry]));
  const found = graph.nodes.map(({ id }): Enrolment => {
    return { image: id, kind: "managed", dependents: graph.dependents.get(id) ?? [] };
  });
  const dependents = externalDependents(graph);
  const named = new Set<string>();
  for (const image of graph.externals) {
    const parsed = parseImageName(image);
    if (parsed === undefined) throw new RangeError(`the graph holds "${image}", which is no image name`);
    const repository = repositoryName(parsed);
    named.add(repository);
    const warehouse = warehouseOf(parsed, catalogue);
    found.push({ ...enrolled(image, entries.get(repository), warehouse), dependents: dependents.get(image) ?? [] });
  }
  for (const [repoURL, entry] of entries) {
    if (named.has(repoURL)) continue;
    const { allowTags } = entry;
    const platform = "platform" in entry ? { platform: entry.platform } : {};
    const warehouse = { repoURL, ...(allowTags === undefined ? {} : { allowTags }), ...platform };
    found.push({ ...enrolled(repoURL, entry, warehouse), dependents: [] });
  }
  return found.sort((left, right) => (left.image < right.image ? -1 : 1));
}

function enrolled(
  image: string,
  entry: ExternalImage | RemoteImage | undefined,
  warehouse: Warehouse,
): Omit<Enrolment, "dependents"> {
  if (entry === undefined) return { image, kind: "external", warehouse };
  return "source" in entry ? { image, kind: "managed", entry } : { image, kind: "external", warehouse, entry };
}

function externalDependents({ nodes }: Pick<ImageGraph, "nodes">): ReadonlyMap<string, readonly string[]> {
  const dependents = new Map<string, Set<string>>();
  for (const { id, dependencies } of nodes) {
    for (const dependency of dependencies) {
      if (dependency.kind !== "external") continue;
      const known = dependents.get(dependency.name);
      if (known === undefined) dependents.set(dependency.name, new Set([id]));
      else known.add(id);
    }
  }
  return new Map([...dependents].map(([name, ids]) => [name, [...ids].sort()]));
}
