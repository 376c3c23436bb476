import type { Catalogue } from "../catalogue/types.js";
import type { ImageGraph } from "../graph/types.js";
import { RebuildEngine } from "../rebuild/engine.js";
import { fleetOf } from "../rebuild/fleet.js";
import { loadRecalls } from "../recall/load.js";
import type { Settings } from "../settings/types.js";
import { loadState } from "../state/load.js";

/**
 * When the rebuild engine wants to be asked again though nothing is reported: ISO 8601, UTC. The same files give the same
 * time, until it has passed.
 *
 * @param now milliseconds since 1970
 */
export async function loadNextDue(
  root: string,
  { state }: Pick<Settings, "state">,
  { catalogue, graph }: { readonly catalogue: Catalogue; readonly graph: ImageGraph },
  now: number,
): Promise<string | undefined> {
  const [states, recalls] = await Promise.all([loadState(root, state), loadRecalls(root)]);
  const facts = { states: states.value.values(), recalls: recalls.value, differences: [] };
  return new RebuildEngine(fleetOf(catalogue, graph), facts).decide(now).nextDue;
}
