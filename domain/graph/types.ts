import type { Mixin } from "../catalogue/mixin.js";
import type { ManagedImage, Variant } from "../catalogue/types.js";
import type { Dockerfile, Reference } from "../dockerfile/types.js";

/** A node: one image variant that we build. */
export interface VariantNode {
  /** `variantId(image, variant)`. */
  readonly id: string;
  readonly image: ManagedImage;
  readonly variant: Variant;
  readonly dockerfile: Dockerfile;
  /** Index of the stage that is built. */
  readonly target: number;
  /** What it stands on: references reachable from the target, stages and scratch left out. */
  readonly dependencies: readonly Dependency[];
  /** All that it has: those that `image.yaml` names, then those of which it copies files, each once. */
  readonly mixins: readonly Mixin[];
}

/** Where a reference of a node leads. */
export type Dependency =
  | { readonly kind: "managed"; readonly id: string; readonly reference: Reference }
  | { readonly kind: "pool"; readonly name: string; readonly reference: Reference }
  | { readonly kind: "mixin"; readonly name: string; readonly reference: Reference }
  | { readonly kind: "external"; readonly name: string; readonly reference: Reference };

/** The images that we build, in an order in which every one comes after all that it stands on. */
export interface ImageGraph {
  readonly nodes: readonly VariantNode[];
  /** Ids of the nodes that stand directly on a node, sorted; a node without any is not in it. */
  readonly dependents: ReadonlyMap<string, readonly string[]>;
  /** Normalised names of the external images that any node stands on, sorted. */
  readonly externals: readonly string[];
}
