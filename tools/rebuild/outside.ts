import type { Settings } from "../../domain/settings/types.js";
import type { Clock } from "./clock.js";
import { compareDigests } from "./compare.js";
import { FederationReader } from "./federation-reader.js";
import { Registries } from "./registries.js";
import type { StateStore } from "./state-store.js";
import { loadWatchProject } from "./watch-project.js";
import type { WatchWorld } from "./watch-world.js";

const COMPARE_LIMIT_MS = 10 * 60_000;

export interface OutsideOptions {
  readonly settings: Settings;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly tell: (line: string) => void;
}

type Outside = Omit<WatchWorld, "released" | "ended" | "run" | "moveTags">;

/** The project's files, other repositories and the real registries: what a watch asks whoever runs the engine. */
export function openOutside(root: string, { settings, store, clock, tell }: OutsideOptions): Outside {
  const registries = new Registries(settings);
  return {
    store,
    clock,
    tell,
    loadProject: () => loadWatchProject(root, settings),
    federations: new FederationReader(root, settings),
    look: ({ image, warehouse }, known, announced) => registries.look(image, warehouse, known, announced),
    mirror: (repoURL, digest) => registries.mirror(repoURL, digest),
    compare: async ({ image, warehouse: { repoURL } }, from, to) => {
      await registries.mirror(repoURL, from);
      return compareDigests(root, settings, { image, repoURL, from, to }, AbortSignal.timeout(COMPARE_LIMIT_MS));
    },
  };
}
