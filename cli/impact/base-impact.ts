import { type ChangeSet, changeSets } from "../../domain/federation/change-sets.js";
import { loadFederation } from "../../domain/federation/load-federation.js";
import type { Federation } from "../../domain/federation/types.js";
import { readBaseChange } from "../../domain/impact/base-change.js";
import { minutesOf } from "../../domain/impact/estimate.js";
import { predict } from "../../domain/impact/predict.js";
import type { Impact } from "../../domain/impact/types.js";
import { valueOrThrow } from "../../domain/problems.js";
import { fleetOf } from "../../domain/rebuild/fleet.js";
import { loadRecalls } from "../../domain/recall/load.js";
import type { Settings } from "../../domain/settings/types.js";
import { loadState } from "../../domain/state/load.js";
import type { ImageState } from "../../domain/state/types.js";

export interface BaseImpact {
  readonly impact: Impact;
  readonly federation: Federation;
  readonly sets: readonly ChangeSet[];
  readonly states: ReadonlyMap<string, ImageState>;
  /** The base itself, as its state has it. */
  readonly base: string;
}

/** What a change of a base, told as `BASE[=DIGEST]`, may rebuild of a project and of the catalogues that it includes. */
export async function baseImpact(root: string, settings: Settings, written: string): Promise<BaseImpact> {
  const { catalogue, federation, graph } = await loadFederation(root, settings);
  const states = valueOrThrow("the states", await loadState(root, settings.state));
  const recalls = valueOrThrow("the recalls", await loadRecalls(root));
  const { images } = federation;
  const { watched } = fleetOf(catalogue, graph);
  const { base, change, notes } = valueOrThrow(
    "the command",
    readBaseChange(written, { images, watched, states, recalls }),
  );
  const impact = predict(images, change, { notes, minutes: minutesOf(states.values()) });
  return { impact, federation, sets: changeSets(federation, impact), states, base };
}
