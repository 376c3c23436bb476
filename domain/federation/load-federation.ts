import { join } from "node:path";
import type { Catalogue } from "../catalogue/types.js";
import { loadImageGraph } from "../graph/load.js";
import type { ImageGraph } from "../graph/types.js";
import { reachableOf } from "../impact/reachable.js";
import { selectImages } from "../plan/selection.js";
import { valueOrThrow } from "../problems.js";
import type { Settings } from "../settings/types.js";
import { federate } from "./link.js";
import { loadMembers } from "./load-members.js";
import type { Federation, Member } from "./types.js";

export interface LoadedFederation {
  readonly catalogue: Catalogue;
  readonly graph: ImageGraph;
  readonly federation: Federation;
}

/** How long others wait for an image of this repository, where they include it as we include them: the schema's default. */
const OWN_WAIT_MS = 24 * 3_600_000;

/** This repository, whose problems are refused, with the catalogues that it includes, whose problems are only told. */
export async function loadFederation(root: string, settings: Settings): Promise<LoadedFederation> {
  const { catalogue, graph } = valueOrThrow("the graph", await loadImageGraph(root, settings));
  const others = await loadMembers(cataloguesFolder(root), catalogue.includes);
  return { catalogue, graph, federation: federate(ownMember(graph, settings), others) };
}

/** Where the catalogues of others are kept, by commit. */
export function cataloguesFolder(root: string): string {
  return join(root, ".factory", "catalogues");
}

/** This repository as the others see it. */
export function ownMember(
  graph: ImageGraph,
  settings: Pick<Settings, "cloud" | "only" | "registry" | "source" | "stack" | "with">,
): Member {
  const { leftOut } = valueOrThrow("the settings", selectImages(graph, settings));
  return {
    name: "",
    repository: settings.source,
    registry: settings.registry,
    waitMs: OWN_WAIT_MS,
    images: reachableOf(graph, new Map(leftOut.map(({ id, reason }) => [id, reason]))),
    faults: [],
  };
}
