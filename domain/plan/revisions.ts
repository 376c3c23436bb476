import type { Revision } from "./types.js";

/** What git says of the folders of images. */
export interface Revisions {
  /** By folder, relative to the root. */
  readonly byDirectory: ReadonlyMap<string, Revision>;
  /** True where history is cut off: a folder that was not touched since has the cut's commit, not its own. */
  readonly shallow: boolean;
}

/** For what git does not know. */
export const NO_REVISION: Revision = { commit: "", epoch: 0, dirty: true };
