import type { Platform } from "../catalogue/types.js";

/** Version of the state file's schema; older ones are migrated, newer ones refused. */
export const STATE_SCHEMA = 2;

/**
 * What an image is here: watched and pinned only, built by us (here, or in another repository that `images.yaml` names), or
 * enrolled no more, its history kept.
 */
export type ImageKind = "external" | "managed" | "removed";

/** When an image became something else here; the first one has no `from`. */
export interface LifecycleChange {
  readonly from?: ImageKind;
  readonly to: ImageKind;
  readonly at: string;
}

/** Where new digests of an image are looked for. */
export interface Warehouse {
  /** Normalised repository without tag, e.g. `docker.io/library/nginx`. */
  readonly repoURL: string;
  /** Regular expression of the tags that count. */
  readonly allowTags?: string;
  /** The one platform that is watched; absent where it is the whole index. */
  readonly platform?: Platform;
}

/** A digest that we have seen, at its first sight. What publishers claim as creation time counts for nothing. */
export interface Observation {
  readonly digest: string;
  readonly tag: string;
  /** What the digest offers, sorted. */
  readonly platforms: readonly Platform[];
  /** ISO 8601, UTC, seconds. */
  readonly firstSeen: string;
  readonly how: "pin" | "event" | "reconcile" | "build";
  /** Equal where all platforms hold the same, whatever the digest; the digest itself where it is absent. */
  readonly contents?: string;
}

/** A digest that was known already, seen under a tag. */
export interface TagSight {
  readonly tag: string;
  readonly digest: string;
  readonly seen: string;
}

/** A digest that is never adopted again: nothing could be built on it. */
export interface Rejection {
  readonly digest: string;
  readonly at: string;
  readonly cause: string;
}

/** One thing that an image stands on, at the digest that is meant. */
export interface StandsOn {
  readonly image: string;
  readonly digest: string;
}

/** A build that passed its gates. The same digest can be built twice, on different bases. */
export interface Build {
  readonly digest: string;
  /** As for an observation. */
  readonly contents?: string;
  /** Hash of the image's own files and arguments: equal where builds differ only in what they stand on. */
  readonly source?: string;
  /** What it was built on, sorted by image. */
  readonly on: readonly StandsOn[];
  /** Further digests it is made of, whose recall is its own: platform manifests, a pool image. Sorted. */
  readonly materials?: readonly string[];
  readonly at: string;
}

/** The digest that the image means now. */
export interface Adoption {
  readonly digest: string;
  readonly tag: string;
  readonly platforms: readonly Platform[];
  readonly at: string;
  readonly cause: string;
}

/** A change of the adopted digest; the first one has no `from`, and one that only took it away has no `to`. */
export interface Update {
  readonly from?: string;
  readonly to?: string;
  readonly at: string;
  readonly cause: string;
}

/** A rebuild that was started; one without an end was interrupted or is running. */
export interface Attempt {
  readonly cause: string;
  /** What it builds on, sorted by image. */
  readonly on?: readonly StandsOn[];
  readonly start: string;
  readonly end?: string;
  readonly result?: "succeeded" | "failed" | "interrupted";
}

/** What is known at run time of one image: `state/<image>.yaml`. `images.yaml` wins over it. */
export interface ImageState {
  readonly schema: typeof STATE_SCHEMA;
  /**
   * Id of an image that is built here (`python-dev`), else the normalised name with the tag that Dockerfiles write
   * (`docker.io/library/nginx:1.29`); without a tag where only `images.yaml` names it.
   */
  readonly image: string;
  readonly kind: ImageKind;
  /** Oldest first. */
  readonly lifecycle?: readonly LifecycleChange[];
  /** Of external images only. */
  readonly warehouse?: Warehouse;
  readonly adopted?: Adoption;
  /** Nothing is ever taken out. By first sight, then by digest; one entry a digest. */
  readonly ledger: readonly Observation[];
  /** Of an external image: what was seen once more, by time. A tag that goes back to an older digest withdraws the newer ones. */
  readonly again?: readonly TagSight[];
  /** Oldest first. */
  readonly rejected?: readonly Rejection[];
  /** Of a managed image, oldest first. */
  readonly builds?: readonly Build[];
  /** Oldest first. */
  readonly updates: readonly Update[];
  /** Ids of the images that stand directly on it, sorted. */
  readonly dependents: readonly string[];
  /** Oldest first. */
  readonly attempts: readonly Attempt[];
}
