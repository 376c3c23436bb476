import type { Fleet, Severity } from "../rebuild/types.js";

/** A digest that a publisher pushed. Times are milliseconds since 1970. */
export interface Push {
  readonly at: number;
  readonly image: string;
  readonly tag: string;
  readonly digest: string;
  readonly contents?: string;
  /** Ids of the flaws that it fixes. */
  readonly fixes: readonly string[];
  /** Packages that changed without fixing anything. */
  readonly unrelated: readonly string[];
  /** Share of the images directly on it that cannot be built on it. */
  readonly breaks: number;
}

/** A CVE in everything that a publisher pushed before it was fixed. */
export interface Flaw {
  readonly id: string;
  readonly image: string;
  readonly severity: Severity;
  readonly disclosed: number;
}

/** What happens to a fleet, whatever the policy. */
export interface Scenario {
  readonly seed: string;
  readonly fleet: Fleet;
  readonly start: number;
  readonly days: number;
  /** By time, then by image. The first one of each image is what it is adopted at in the beginning. */
  readonly pushes: readonly Push[];
  readonly flaws: readonly Flaw[];
  /** Share of rebuilds that fail for no lasting reason. */
  readonly flaky: number;
}

/** What is compared. */
export interface Policy {
  readonly name: string;
  /** Soak of every watched image, in milliseconds; each one's own where it is absent. */
  readonly delayMs?: number;
  readonly fastPath: boolean;
}

/** A digest of a watched image became the current one. */
export interface Adopted {
  readonly image: string;
  readonly digest: string;
  /** ISO 8601, UTC, seconds. */
  readonly at: string;
}

/** What a policy led to. Days are of 24 hours. */
export interface Outcome {
  readonly policy: string;
  /** Sum over images and HIGH or CRITICAL flaws: how long an image was live with a disclosed flaw. */
  readonly exposureDays: number;
  /** The same for each day of the scenario. */
  readonly exposureByDay: readonly number[];
  /** Of watched images, in their order. */
  readonly adoptions: readonly Adopted[];
  /** From push to adoption. */
  readonly lagDays: { readonly mean: number; readonly p95: number };
  readonly builds: number;
  readonly failures: number;
  /** Digests that break something, and were adopted nevertheless. */
  readonly badAdopted: number;
  /** Digests that were left again because nothing could be built on them. */
  readonly returns: number;
}
