import type { Platform } from "../catalogue/types.js";

/** One image at the digest that a stack promotes: an entry of `releases/<stack>.yaml`. */
export interface PromotedRelease {
  /** Id of the image variant. */
  readonly image: string;
  /** Where its evidence was found: `<registry>/<path>`, below the registry that the stack promotes from. */
  readonly repository: string;
  /** Of the index. */
  readonly digest: string;
  readonly platforms: readonly Platform[];
  /** The sha256 over all inputs of its build. */
  readonly buildId: string;
  /** `org.opencontainers.image.version`. Default: it has none. */
  readonly version?: string;
  /** Full commit that it was built from. */
  readonly revision: string;
  /** The stack that released it. */
  readonly stack: string;
  /** `builder.id` of its provenance. */
  readonly builder: string;
  /** Id of the key that signed its evidence: base64 of the sha256 over the public key. */
  readonly key: string;
  /** When it was entered. ISO 8601, UTC, seconds. */
  readonly promoted: string;
  /** Digests that the image was rolled back from, oldest first: they are not promoted again. Default none. */
  readonly rolledBack?: readonly WithdrawnRelease[];
}

/** A digest that people took an image back from. */
export interface WithdrawnRelease {
  readonly digest: string;
  /** Why, in a sentence. */
  readonly reason: string;
  readonly by: string;
  /** ISO 8601, UTC, seconds. */
  readonly at: string;
}

/** What is promoted of one image, and under which tags. */
export interface PlannedPromotion {
  readonly release: PromotedRelease;
  /** Move to whatever the file says, forward and back. */
  readonly movingTags: readonly string[];
  /** The one of them whose history is kept. */
  readonly head: string;
}
