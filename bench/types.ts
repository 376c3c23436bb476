/** One line of the bench's table: our way and a reference, measured in one run, taking turns. */
export interface BenchRow {
  readonly name: string;
  /** Milliseconds, the best of the rounds. */
  readonly ours: number;
  /** Milliseconds, the best of the rounds. */
  readonly reference: number;
  /** `reference / ours`, or what the goal says. */
  readonly ratio: number;
  readonly goal: string;
  readonly met: boolean;
  readonly notes: string;
}
