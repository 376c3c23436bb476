import type { Platform } from "../catalogue/types.js";

/** One layer of an image, and what made it. */
export interface LayerSize {
  readonly digest: string;
  /** Compressed bytes. */
  readonly size: number;
  /** The instruction of the Dockerfile, or of the base's, as the configuration's history has it; empty where it has none. */
  readonly instruction: string;
}

/** What one platform of an image weighs. */
export interface PlatformSize {
  readonly platform: Platform;
  /** Compressed bytes: configuration and layers. */
  readonly size: number;
  /** From the base's up. */
  readonly layers: readonly LayerSize[];
}

/** What of a layer belongs together: a package, or a folder. */
export interface ContentSize {
  readonly name: string;
  /** Unpacked bytes. */
  readonly size: number;
}
