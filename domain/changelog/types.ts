import type { Severity } from "../evidence/types.js";

/** What a release changed: `changelog.json`. */
export interface Changelog {
  readonly schema: 1;
  /** Id of the image variant. */
  readonly image: string;
  /** Of the released index. */
  readonly digest: string;
  /** The release before; absent where this is the first. */
  readonly previous?: string;
  /** RFC 3339. */
  readonly at: string;
  readonly packages: readonly PackageDifference[];
  readonly vulnerabilities: {
    /** What the release before had and this one has not, by the newest scan of each. */
    readonly fixed: readonly VulnerabilityDifference[];
    readonly new: readonly VulnerabilityDifference[];
  };
  /** Newest first. */
  readonly commits: readonly InputCommit[];
  /** What could not be told, and why; a sentence each. */
  readonly notes: readonly string[];
}

/** One package whose versions differ between two releases. Versions are sorted; a package may have several. */
export interface PackageDifference {
  /** As its package URL names it: `deb`, `npm`, `pypi`. */
  readonly kind: string;
  readonly name: string;
  readonly change: "added" | "removed" | "changed";
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly platforms: readonly string[];
  /** Vulnerabilities of it that the scans no longer find. */
  readonly fixes: readonly string[];
}

export interface VulnerabilityDifference {
  readonly id: string;
  readonly severity: Severity;
  /** The package's name. */
  readonly package: string;
  readonly platforms: readonly string[];
}

/** A commit that touched what an image is made from. */
export interface InputCommit {
  readonly commit: string;
  /** RFC 3339. */
  readonly time: string;
  /** The first line of its message. */
  readonly subject: string;
  /** Ids of the images whose folders it touched: the image's own, or those it stands on. */
  readonly images: readonly string[];
}
