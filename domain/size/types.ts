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
  /** Bytes of the layers' archives, unpacked; absent where one of them is compressed in a way that is not known here. */
  readonly unpackedSize?: number;
  /** From the base's up. */
  readonly layers: readonly LayerSize[];
}

/** What of a layer belongs together: a package, or a folder. */
export interface ContentSize {
  readonly name: string;
  /** Unpacked bytes. */
  readonly size: number;
}

/** Something that has more bytes than before. */
export interface Growth {
  readonly name: string;
  /** Bytes more than before. */
  readonly growth: number;
}
