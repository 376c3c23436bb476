import type { ReleaseTags } from "./tags.js";

/** What becomes of one image variant when it is built and proved. */
export interface ReleasePlan {
  /** Absent where nothing is released: the image stays in quarantine. */
  readonly tags?: ReleaseTags;
  /** When its last rollback was lifted: its tags are set anew since. ISO 8601, UTC. */
  readonly lifted?: string;
  /** Why its moving tags stay where they are; absent where they move. */
  readonly held?: string;
}
