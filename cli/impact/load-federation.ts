import { join } from "node:path";
import type { Catalogue } from "../../domain/catalogue/types.js";
import { federate } from "../../domain/federation/link.js";
import { loadMembers } from "../../domain/federation/load-members.js";
import type { Federation } from "../../domain/federation/types.js";
import { loadImageGraph } from "../../domain/graph/load.js";
import type { ImageGraph } from "../../domain/graph/types.js";
import { reachableOf } from "../../domain/impact/reachable.js";
import { selectImages } from "../../domain/plan/selection.js";
import { valueOrThrow } from "../../domain/problems.js";
import type { Settings } from "../../domain/settings/types.js";

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
  const { leftOut } = valueOrThrow("the settings", selectImages(graph, settings));
  const own = {
    name: "",
    repository: settings.source,
    registry: settings.registry,
    waitMs: OWN_WAIT_MS,
    images: reachableOf(graph, new Map(leftOut.map(({ id, reason }) => [id, reason]))),
    faults: [],
  };
  const others = await loadMembers(join(root, ".factory", "catalogues"), catalogue.includes);
  return { catalogue, graph, federation: federate(own, others) };
}
