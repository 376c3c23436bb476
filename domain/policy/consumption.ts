import type { Denial } from "../recall/denials.js";

/** An image that something is about to consume. */
export interface Consumption {
  /** What it does: give it a release tag, run it, or hand it to another stage. */
  readonly kind: "release" | "workload" | "promotion";
  /** Where the image is named, e.g. `spec.containers[0].image`. */
  readonly at: string;
  /** As written. */
  readonly image: string;
}

/** What a consumption is held against. */
export interface ConsumptionFacts {
  /** The stack's registry with its prefix; images from elsewhere are not ours to judge. */
  readonly registry: string;
  /** False on a local stack that does without evidence: there is nothing that could be verified. */
  readonly evidence: boolean;
  /** What is recalled, itself or by what it was built on. */
  readonly denials: readonly Denial[];
  /** References (`<registry>/<path>@sha256:...`) that were verified in this run. */
  readonly verified: readonly string[];
  /** False in a preview that does not know all of them yet. */
  readonly complete: boolean;
}
