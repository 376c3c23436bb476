import type { Recall } from "../recall/types.js";
import type { ImageState, StandsOn } from "../state/types.js";

/** An image that we only watch: where changes come from. */
export interface WatchedImage {
  /** Normalised name, as in its state. */
  readonly name: string;
  /** How long we must have known a digest before it is adopted, in milliseconds. */
  readonly delayMs: number;
  /** False where a person adopts. */
  readonly autoRebuild: boolean;
}

/** An image variant that we build. */
export interface BuiltImage {
  readonly id: string;
  /** Names and ids of what it stands on directly; what is in no list of the fleet is left alone. */
  readonly bases: readonly string[];
  /** False where a person rebuilds. */
  readonly autoRebuild: boolean;
}

/** Everything that the engine decides about. */
export interface Fleet {
  readonly watched: readonly WatchedImage[];
  /** Each after all that it stands on, as in the graph. */
  readonly built: readonly BuiltImage[];
}

export type Severity = "LOW" | "MEDIUM" | "HIGH" | "CRITICAL";

/** What a comparison of two digests of a watched image found. It says nothing about any other pair. */
export interface Difference {
  readonly image: string;
  /** The digest that is adopted now. */
  readonly from: string;
  readonly to: string;
  readonly fixed: readonly { readonly cve: string; readonly severity: Severity }[];
  /** Packages that changed without fixing anything. */
  readonly unrelated: readonly string[];
}

/** What is known besides the fleet. */
export interface Facts {
  readonly states: Iterable<ImageState>;
  readonly recalls: readonly Recall[];
  readonly differences: readonly Difference[];
}

/** How failed rebuilds are repeated, and how long the next generation waits for one that is not finished. */
export interface RebuildRules {
  /** Failures on the same bases after which it is given up. */
  readonly limit: number;
  /** Wait after the first failure, in milliseconds; it doubles with each further one. */
  readonly backOffMs: number;
  /** An attempt without a result is taken for interrupted after this many milliseconds. */
  readonly timeoutMs: number;
  /** For how long after an adoption the next one waits for the images that are still to be rebuilt, in milliseconds. */
  readonly finishMs: number;
}

export const DEFAULT_RULES: RebuildRules = {
  limit: 3,
  backOffMs: 10 * 60_000,
  timeoutMs: 6 * 3_600_000,
  finishMs: 24 * 3_600_000,
};

/** A base that is not what the image was last built on; `from` is absent where it was built on none. */
export interface Change {
  readonly image: string;
  readonly from?: string;
  readonly to: string;
}

/** Something to do now. Every decision says why, in a sentence. */
export type Action =
  /** Make a digest the current one: of a watched image a new pin, of a built one the release of a finished build. */
  | { readonly kind: "adopt"; readonly image: string; readonly digest: string; readonly reason: string }
  /** Make a digest the current one that has been before. `rejects`: the digest left behind, which is never adopted again. */
  | {
      readonly kind: "return";
      readonly image: string;
      readonly digest: string;
      readonly rejects?: string;
      readonly reason: string;
    }
  /** Take the current digest away: it is recalled, and nothing good is left. */
  | { readonly kind: "withdraw"; readonly image: string; readonly digest: string; readonly reason: string }
  | {
      readonly kind: "rebuild";
      readonly image: string;
      /** What it has to be built on, sorted by image. */
      readonly on: readonly StandsOn[];
      /** What changed below it. Empty where the cause is its own: it was never built, or what it had is recalled. */
      readonly causes: readonly Change[];
      readonly reason: string;
    };

/** Why an image is not where it should be, or not yet. */
export type Waiting =
  /** Something will happen by itself; `until` where a time is known. */
  | { readonly kind: "hold"; readonly image: string; readonly until?: string; readonly reason: string }
  /** A parent is being rebuilt: it comes in this wave; what can be built now is wave 0. */
  | { readonly kind: "wave"; readonly image: string; readonly wave: number; readonly reason: string }
  /** Nothing more is tried before something else changes. */
  | { readonly kind: "give-up"; readonly image: string; readonly reason: string };

export interface Verdict {
  /** In the order in which they are to be carried out. After that, look again: one may make room for another. */
  readonly actions: readonly Action[];
  /**
   * Watched images by name, then built ones by wave. Made on demand: a cascade can hold many.
   *
   * @throws RangeError where the engine has decided again since
   */
  waiting(): Iterable<Waiting>;
  /** When to look again though nothing is reported: ISO 8601, UTC, seconds. */
  readonly nextDue?: string;
}
