import type { Catalogue } from "../../domain/catalogue/types.js";
import { parseImageName, repositoryName } from "../../domain/dockerfile/image-name.js";
import { type Enrolment, enrolmentsOf } from "../../domain/enrolment/enrolments.js";
import { loadImageGraph } from "../../domain/graph/load.js";
import type { ImageGraph } from "../../domain/graph/types.js";
import { selectImages } from "../../domain/plan/selection.js";
import { ProblemsError } from "../../domain/problems.js";
import { fleetOf } from "../../domain/rebuild/fleet.js";
import type { Fleet } from "../../domain/rebuild/types.js";
import { loadRecalls } from "../../domain/recall/load.js";
import type { Recall } from "../../domain/recall/types.js";
import type { Settings } from "../../domain/settings/types.js";
import type { Warehouse } from "../../domain/state/types.js";
import { ownTagOf } from "./registries.js";

/** An image whose tags are looked at, and where. */
export interface Watched {
  readonly image: string;
  readonly warehouse: Warehouse;
}

/** What the files of a project say to whoever watches for it. */
export interface WatchProject {
  readonly catalogue: Catalogue;
  readonly graph: ImageGraph;
  readonly fleet: Fleet;
  readonly enrolments: readonly Enrolment[];
  readonly recalls: readonly Recall[];
  /** By repository. */
  readonly watched: ReadonlyMap<string, readonly Watched[]>;
}

/** @throws ProblemsError with all that is wrong: nothing is decided on a part of the catalogue */
export async function loadWatchProject(
  root: string,
  settings: Pick<Settings, "development" | "only" | "platforms" | "stack" | "with">,
): Promise<WatchProject> {
  const [{ value, problems }, recalls] = await Promise.all([loadImageGraph(root, settings), loadRecalls(root)]);
  const all = [...problems, ...recalls.problems];
  if (all.length > 0) throw new ProblemsError("the project", all);
  const { catalogue, graph } = value;
  // What is built on demand, or somewhere else, is nobody's to rebuild here.
  const { nodes } = selectImages(graph, settings).value;
  const enrolments = enrolmentsOf(catalogue, graph);
  const watched = new Map<string, Watched[]>();
  for (const enrolment of enrolments) {
    const warehouse = warehouseOf(enrolment);
    if (warehouse === undefined) continue;
    const known = watched.get(warehouse.repoURL);
    const entry = { image: enrolment.image, warehouse };
    if (known === undefined) watched.set(warehouse.repoURL, [entry]);
    else known.push(entry);
  }
  return {
    catalogue,
    graph,
    fleet: fleetOf(catalogue, { ...graph, nodes }),
    enrolments,
    recalls: recalls.value,
    watched,
  };
}

/** Of what is built here, nothing is looked for; what is built in another repository moves its tag itself. */
function warehouseOf({ image, kind, warehouse, entry }: Enrolment): Warehouse | undefined {
  if (kind === "external") return warehouse;
  if (entry === undefined) return undefined;
  const name = parseImageName(image);
  return name === undefined ? undefined : { ...ownTagOf(image), repoURL: repositoryName(name) };
}
