import { loadImageGraph } from "../../domain/graph/load.js";
import { readBaseChange } from "../../domain/impact/base-change.js";
import { minutesOf } from "../../domain/impact/estimate.js";
import { predict } from "../../domain/impact/predict.js";
import { reachableOf } from "../../domain/impact/reachable.js";
import type { Impact } from "../../domain/impact/types.js";
import { selectImages } from "../../domain/plan/selection.js";
import { valueOrThrow } from "../../domain/problems.js";
import { fleetOf } from "../../domain/rebuild/fleet.js";
import { loadRecalls } from "../../domain/recall/load.js";
import type { Settings } from "../../domain/settings/types.js";
import { loadState } from "../../domain/state/load.js";

/** What a change of a base, told as `BASE[=DIGEST]`, may rebuild of a project. */
export async function baseImpact(root: string, settings: Settings, written: string): Promise<Impact> {
  const { catalogue, graph } = valueOrThrow("the graph", await loadImageGraph(root, settings));
  const selection = valueOrThrow("the settings", selectImages(graph, settings));
  const states = valueOrThrow("the states", await loadState(root, settings.state));
  const recalls = valueOrThrow("the recalls", await loadRecalls(root));
  const images = reachableOf(graph, new Map(selection.leftOut.map(({ id, reason }) => [id, reason])));
  const { watched } = fleetOf(catalogue, graph);
  const { change, notes } = valueOrThrow("the command", readBaseChange(written, { images, watched, states, recalls }));
  return predict(images, change, { notes, minutes: minutesOf(states.values()) });
}
