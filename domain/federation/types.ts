import type { Reachable } from "../impact/types.js";

/** A team's catalogue as its files say it. */
export interface Member {
  /** "" for this repository. */
  readonly name: string;
  readonly repository: string;
  /** Absent for this repository: its working tree counts. */
  readonly commit?: string;
  /** Where it releases: its image `x` is `<registry>/x`. */
  readonly registry: string;
  /** How long others wait for an image of it, once that can be built, in milliseconds. */
  readonly waitMs: number;
  /** Its images by their own ids, each after what it stands on. */
  readonly images: readonly Reachable[];
  /** What is wrong in it, by the id of the image where it is one's. */
  readonly faults: readonly Fault[];
}

export interface Fault {
  /** Absent where the whole catalogue is not understood. */
  readonly id?: string;
  readonly reason: string;
}

/** A part that is left out, and why; whoever else there is goes on without it. */
export interface Excluded {
  readonly catalogue: string;
  /** `team/id`; absent where it is the whole catalogue. */
  readonly id?: string;
  readonly reason: string;
}

/** All teams' images in one graph. */
export interface Federation {
  readonly members: readonly Omit<Member, "images" | "faults">[];
  /** Ids of other teams' images are `team/id`. Each after what it stands on; edges to images of others are among `bases`. */
  readonly images: readonly Reachable[];
  readonly excluded: readonly Excluded[];
}
