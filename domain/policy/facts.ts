import type { NetworkException, Platform } from "../catalogue/types.js";
import type { Dockerfile, Reference, Stage } from "../dockerfile/types.js";
import type { Place } from "../problems.js";
import type { Lineage } from "./lineage.js";

/** What a name is replaced by when BuildKit reads it. */
export type Source =
  | {
      readonly kind: "digest";
      /** Registry and path, without tag and digest, e.g. `docker.io/library/nginx`. */
      readonly repository: string;
      readonly digest: string;
      /** The platforms behind the digest, where somebody has looked. */
      readonly platforms?: readonly Platform[];
    }
  /** Built or looked up in this very update: a digest for certain, but one that nobody knows yet. */
  | { readonly kind: "later" }
  /** Files of this machine, or a commit: known by their content, there is nothing that could move. */
  | { readonly kind: "content" }
  /** Anything else, as found, e.g. `docker-image://docker.io/library/nginx:1.27`. */
  | { readonly kind: "floating"; readonly found: string };

/** A reference that the build reaches, and what it is replaced by. */
export interface Use {
  readonly reference: Reference;
  readonly source?: Source;
}

/** A build argument that is handed to the build; `value` is undefined where only the update knows it. */
export interface BuildArgument {
  readonly name: string;
  readonly value: string | undefined;
  readonly place: Place;
}

/** A repository that the build writes to or takes cache from. */
export interface Destination {
  readonly purpose: "export" | "tag" | "cache";
  readonly repository: string;
}

/**
 * Everything that a rule may look at: one build, as derived from its Dockerfile and its inputs by whoever asks.
 * The program derives it from the plan (`factsOfPlan`), the policy pack from what the engine is about to create.
 */
export interface BuildFacts {
  readonly id: string;
  /** Where settings that are no line of the Dockerfile are blamed. */
  readonly place: Place;
  readonly dockerfile: Dockerfile;
  /** The stages that the target needs, itself included, in the order of the text. */
  readonly stages: readonly Stage[];
  /** The stages whose configuration the image inherits; several where the platforms differ. */
  readonly lineages: readonly Lineage[];
  /** References reachable from the target, stages and scratch left out. */
  readonly uses: readonly Use[];
  /** All named contexts of the build, used or not. */
  readonly contexts: readonly { readonly name: string; readonly source: Source }[];
  /** The main build context. */
  readonly context: Source;
  /** Undefined where only the update knows them. */
  readonly platforms: readonly Platform[] | undefined;
  /** What the image's own settings say, where it has any. */
  readonly declaredPlatforms?: readonly Platform[];
  readonly buildArgs: readonly BuildArgument[];
  /** Labels that the build sets; undefined, as a whole or as a value, where only the update knows it. */
  readonly labels: ReadonlyMap<string, string | undefined> | undefined;
  /** Network of RUN instructions, e.g. `none`; undefined where only the update knows it. */
  readonly network: string | undefined;
  readonly networkException?: NetworkException;
  readonly destinations: readonly Destination[];
}
