/** The moving tags of an image put back to an earlier release. While it stands, no release moves them. */
export interface Rollback {
  /** Id of the image variant. */
  readonly image: string;
  readonly stack: string;
  /** What the tags meant before. */
  readonly from: string;
  readonly to: string;
  /** The tags that were put back. */
  readonly tags: readonly string[];
  /** Why, in a sentence. */
  readonly reason: string;
  readonly by: string;
  /** ISO 8601, UTC, seconds. */
  readonly at: string;
  /** When it ended; absent while it stands. */
  readonly lifted?: string;
}
