import type { Timing } from "./rounds.js";

/** One entry of the bench's table: our way and a reference, measured in one run, taking turns. */
export interface BenchRow {
  /** Indented where the row only stands beside the one above it. */
  readonly name: string;
  readonly ours: Timing;
  /** Absent where the goal is a number and nothing is compared. */
  readonly reference?: Timing;
  /** What the goal is about, from the minima of both sides: `1.21 times bake`. */
  readonly result: string;
  /** Absent where the row is for comparison only. */
  readonly goal?: Goal;
  readonly notes: string;
}

export interface Goal {
  readonly text: string;
  readonly met: boolean;
}
