/** An image variant as far as a change can reach it. Ids are those of the graph; in a federation `team/id`. */
export interface Reachable {
  readonly id: string;
  readonly kind: "base" | "application";
  /** The team that answers for it. */
  readonly owner?: string;
  /** Name of the catalogue that it is built from; absent for this repository. */
  readonly catalogue?: string;
  /** What it stands on directly: ids, names of external images, `pool/<name>`. Sorted, each once. */
  readonly bases: readonly string[];
  /** False where a person rebuilds it. */
  readonly autoRebuild: boolean;
  /** Why the stack does not build it. */
  readonly leftOut?: string;
}

/** What changes, before anything is rebuilt because of it. */
export interface Change {
  /** In words, for a heading. */
  readonly subject: string;
  /** Names and ids whose own digest changes without being built here: an external image, a pool, a release that is there already. */
  readonly given: readonly string[];
  /** Images that are built again whatever they stand on, each with its reasons. */
  readonly own: ReadonlyMap<string, readonly string[]>;
}

/** An image that would be built again. */
export interface Impacted {
  readonly id: string;
  readonly kind: Reachable["kind"];
  readonly owner?: string;
  readonly catalogue?: string;
  /** 0 for what waits for no other image of the change. */
  readonly wave: number;
  /** Reasons of its own; empty where it is built only because of what it stands on. */
  readonly reasons: readonly string[];
  /** What it stands on that changes, sorted. */
  readonly on: readonly string[];
  /** What it stands on that a person rebuilds: where that has to change, this waits for it. */
  readonly keptIf?: readonly string[];
  /** Median of its last builds; absent where none is recorded. */
  readonly minutes?: number;
}

/** An image that the change reaches, and that would not be built by itself. */
export interface Kept {
  readonly id: string;
  readonly reason: string;
}

/** The blast radius of a change. */
export interface Impact {
  readonly subject: string;
  /** By wave, then by id. */
  readonly images: readonly Impacted[];
  readonly kept: readonly Kept[];
  readonly removed: readonly string[];
  /** By owner; images without one are under "". */
  readonly owners: readonly { readonly owner: string; readonly images: readonly string[] }[];
  readonly estimate: Estimate;
  /** What else is to be known, each a sentence. */
  readonly notes: readonly string[];
}

/** Minutes from the recorded builds; images without any count for nothing and are named. */
export interface Estimate {
  /** All builds one after another. */
  readonly work: number;
  /** The longest chain of builds that wait for each other: what no number of builders can be faster than. */
  readonly chain: number;
  /** Images of which no build is recorded. */
  readonly unknown: readonly string[];
}
