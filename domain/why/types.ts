import type { Severity } from "../evidence/types.js";

/** A release as its registry tells it: what is in it, and what it was made from. */
export interface ReleaseFacts {
  /** Id of the image variant. */
  readonly image: string;
  /** Of the index. */
  readonly digest: string;
  /** ISO 8601, UTC; absent where the history of releases does not name it. */
  readonly releasedAt?: string;
  /** Full commit of its files; empty where nothing was committed. */
  readonly revision: string;
  /** Digests of images that it was built on, by their name: an id of ours, `pool/<name>`, or a repository. */
  readonly bases: ReadonlyMap<string, string>;
  readonly platforms: readonly PlatformFacts[];
}

export interface PlatformFacts {
  readonly platform: string;
  /** Compressed, from the base's up. */
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
  /** Versions by package. */
  readonly packages: ReadonlyMap<string, readonly string[]>;
  /** By id; undefined where nobody has looked. */
  readonly flaws?: ReadonlyMap<string, Flaw>;
}

export interface Flaw {
  readonly id: string;
  readonly severity: Severity;
  readonly package: string;
}

/** Why a digest is what an image means, or meant. */
export interface WhyRecord {
  readonly image: string;
  readonly digest: string;
  readonly releasedAt?: string;
  /** The release before it; absent where it is the first. */
  readonly before?: string;
  /** From the image down to where the change came from. */
  readonly causes: readonly Cause[];
  readonly platforms: readonly PlatformWhy[];
}

export interface Cause {
  readonly image: string;
  /** A sentence without its subject, e.g. `python changed from sha256:... to sha256:...`. */
  readonly reason: string;
}

export interface PlatformWhy {
  readonly platform: string;
  readonly base: Part;
  readonly own: Part;
  readonly flaws: {
    /** False where this release or the one before it was not scanned: then nothing is said. */
    readonly known: boolean;
    readonly fixed: readonly Flaw[];
    readonly new: readonly Flaw[];
  };
}

/** What comes with the bases, or what the image adds. */
export interface Part {
  /** Compressed bytes of its layers. */
  readonly size: number;
  /** Bytes more than before; absent for a first release. */
  readonly growth?: number;
  readonly layers: number;
  readonly packages: number;
  readonly changes: readonly PackageChange[];
}

export interface PackageChange {
  readonly name: string;
  /** Versions; empty where it was not there. */
  readonly before: readonly string[];
  /** Versions; empty where it is there no more. */
  readonly after: readonly string[];
}
