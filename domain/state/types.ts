import type { Platform } from "../catalogue/types.js";

/** Version of the state file's schema; older ones are migrated, newer ones refused. */
export const STATE_SCHEMA = 1;

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
}

/** The digest that the image means now. */
export interface Adoption {
  readonly digest: string;
  readonly tag: string;
  readonly platforms: readonly Platform[];
  readonly at: string;
  readonly cause: string;
}

/** A change of the adopted digest; the first one has no `from`. */
export interface Update {
  readonly from?: string;
  readonly to: string;
  readonly at: string;
  readonly cause: string;
}

/** A rebuild that was started; one without an end was interrupted or is running. */
export interface Attempt {
  readonly cause: string;
  readonly start: string;
  readonly end?: string;
  readonly result?: "succeeded" | "failed" | "interrupted";
}

/** What is known at run time of one image: `state/<image>.yaml`. `images.yaml` wins over it. */
export interface ImageState {
  readonly schema: typeof STATE_SCHEMA;
  /** Normalised name with tag of an external image (`docker.io/library/nginx:1.29`), id of a managed one (`python-dev`). */
  readonly image: string;
  readonly kind: "external" | "managed";
  readonly warehouse?: Warehouse;
  readonly adopted?: Adoption;
  /** Append-only, oldest first, one entry a digest. */
  readonly ledger: readonly Observation[];
  /** Oldest first. */
  readonly updates: readonly Update[];
  /** Ids of the images that stand directly on it, sorted. */
  readonly dependents: readonly string[];
  /** Oldest first. */
  readonly attempts: readonly Attempt[];
}
