import type { Revision } from "./types.js";

/** What git says of the folders of images. */
export interface Revisions {
  /** By folder, relative to the root. */
  readonly byDirectory: ReadonlyMap<string, Revision>;
  /** Folders whose last commit lies beyond the end of a shallow clone, sorted: they have the oldest commit there is instead. */
  readonly cutOff: readonly string[];
}

/** For what git does not know. */
export const NO_REVISION: Revision = { commit: "", epoch: 0, dirty: true };
