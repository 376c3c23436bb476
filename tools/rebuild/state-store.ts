import type { ImageState } from "../../domain/state/types.js";

export type States = ReadonlyMap<string, ImageState>;

/** Where the states of all images are kept. Several processes may write; none loses what another one wrote. */
export interface StateStore {
  /** By image. @throws ProblemsError with every file that is damaged: nothing is decided, or written, beside one. */
  read(): Promise<States>;
  /**
   * Writes what `change` makes of the states as they are now. It is called again, with newer states, where somebody else was
   * faster, so it has to decide anew from what it is given. What it leaves as it was is not written.
   *
   * @param cause a line for the history; a function is asked when the change has been made
   * @returns the states after it
   */
  update(cause: string | (() => string), change: (states: States) => readonly ImageState[]): Promise<States>;
}
