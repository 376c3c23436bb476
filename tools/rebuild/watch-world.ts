import type { RunItem } from "../../domain/rebuild/run-set.js";
import type { Action, Difference } from "../../domain/rebuild/types.js";
import type { Observation } from "../../domain/state/types.js";
import type { Push } from "../../domain/watch/notification.js";
import type { Clock } from "./clock.js";
import type { FederationReader } from "./federation-reader.js";
import type { Ended } from "./records.js";
import type { Look } from "./registries.js";
import type { Released } from "./released.js";
import type { RebuildRun, RunHooks } from "./run-rebuild.js";
import type { StateStore, States } from "./state-store.js";
import type { Watched, WatchProject } from "./watch-project.js";

/** Everything outside that a watch asks, and changes. */
export interface WatchWorld {
  readonly store: StateStore;
  readonly clock: Clock;
  loadProject(): Promise<WatchProject>;
  /** What other repositories build of the graph that ours is a part of. */
  readonly federations: Pick<FederationReader, "read" | "refresh">;
  look(watched: Watched, known: readonly Observation[], announced?: Push): Promise<Look>;
  /** Keeps a digest where upstream cannot delete it. */
  mirror(repoURL: string, digest: string): Promise<void>;
  /** What a digest fixes against the adopted one, and what else it changes; undefined where nobody can tell. */
  compare(watched: Watched, from: string, to: string): Promise<Difference | undefined>;
  /** What the engine's own state says is released. */
  released(project: WatchProject): Promise<readonly Released[]>;
  /** What recorded runs came to, by image, newest last; for rebuilds that somebody else runs. */
  ended(): Promise<ReadonlyMap<string, Ended>>;
  /** Absent where somebody else runs the engine, a workflow say: rebuilds are begun here, and closed by `ended`. */
  run?(project: WatchProject, items: readonly RunItem[], hooks: RunHooks): Promise<RebuildRun>;
  /** Puts the tags of a recalled image back, or takes them away. */
  moveTags(move: Exclude<Action, { kind: "rebuild" }>, isRecalled: (digest: string) => boolean): Promise<void>;
  tell(line: string): void;
}

/** What a watch knows, as it last read or wrote it. Its parts share one, and each brings it up to date. */
export interface Known {
  /** Absent until the files were read once. */
  project?: WatchProject;
  states: States;
}
