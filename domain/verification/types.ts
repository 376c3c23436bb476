import type { Platform } from "../catalogue/types.js";
import type { PredicateKind } from "../evidence/predicates.js";
import type { PlatformManifest, Statement } from "../evidence/types.js";
import type { Recall } from "../recall/types.js";

/** What an image has to show before anything may consume it. Plain data, so that it can be the inputs of a resource. */
export interface VerificationPolicy {
  /** `builder.id`s that are trusted. */
  readonly builders: readonly string[];
  /** Addresses of the source repositories that an image may be built from. */
  readonly sources: readonly string[];
  /** Platforms that the image has to hold, all of them and no other. Default: whatever its index names. */
  readonly platforms?: readonly Platform[];
  /** True on a local stack: images that no database was there for, and uncommitted sources, are enough. */
  readonly development: boolean;
  /** How long ago a scan may have ended, in milliseconds. Default: any time. */
  readonly maxScanAge?: number;
  /** How old its database may have been then, in milliseconds. Default: any age. */
  readonly maxDatabaseAge?: number;
  readonly recalls: readonly Recall[];
}

/** A statement found on a digest, signed by a key that counts. */
export interface SignedStatement {
  readonly statement: Statement;
  /** Of the manifest that holds it. */
  readonly referrer: string;
  /** Which key signed it: its file's name or fingerprint. */
  readonly key: string;
}

/** Something attached that proves nothing. */
export interface RejectedAttachment {
  /** Of the manifest that holds it. */
  readonly referrer: string;
  /** `other-key`: well-formed, but no key of ours made it. `damaged`: content and signature or digest differ. `missing`: named, but not there. */
  readonly reason: "other-key" | "damaged" | "missing";
  /** In a sentence, without a full stop. */
  readonly detail: string;
}

/** What is attached to one digest. */
export interface Attachments {
  readonly statements: readonly SignedStatement[];
  readonly rejected: readonly RejectedAttachment[];
}

/** All that was read of an image, before anything is judged. */
export interface FoundImage {
  /** `<registry>/<path>`. */
  readonly repository: string;
  readonly digest: string;
  /** False where the digest is one platform's manifest. */
  readonly isIndex: boolean;
  readonly platforms: readonly PlatformManifest[];
  /** By digest: of the index and of each platform. */
  readonly attachments: ReadonlyMap<string, Attachments>;
}

/** Why a check failed, for programs. */
export type FailureCode =
  | "unreachable"
  | "not-found"
  | "single-platform"
  | "platforms"
  | "unsigned"
  | "other-key"
  | "damaged"
  | "attestation-only"
  | "missing-attestation"
  | "other-digest"
  | "predicate"
  | "builder"
  | "build-type"
  | "parameters"
  | "source"
  | "completeness"
  | "sbom"
  | "tests"
  | "scan"
  | "unscanned"
  | "old-scan"
  | "old-database"
  | "expired-exception"
  | "recalled"
  | "chain";

/** A reason not to consume an image. */
export interface VerificationFailure {
  readonly code: FailureCode;
  /** What was found and what is allowed, in a sentence. */
  readonly finding: string;
  /** What to do next. */
  readonly remedy: string;
}

/** One thing that was looked at, and what came of it. */
export interface Check {
  /** `signature`, `sbom`, ...; what the index holds, what stands under it, and whether any of it was recalled. */
  readonly subject: PredicateKind | "platforms" | "chain" | "recalls";
  /** Of the index or of a platform. */
  readonly digest: string;
  readonly platform?: Platform;
  /** What is there, in a few words, where nothing failed. */
  readonly detail: string;
  /** Empty where it passed. */
  readonly failures: readonly VerificationFailure[];
}

/** One thing that an image was made from, and what that was made from. */
export interface ChainLink {
  readonly kind: "image" | "pool" | "source" | "external";
  /** `repository@sha256:...`, or `git+https://...@<commit>`. */
  readonly reference: string;
  /** `sha256:...` or the commit. */
  readonly digest: string;
  /** Of a pool image: the sha256 of the request in the packages' lock that it was composed from. */
  readonly lock?: string;
  readonly materials: readonly ChainLink[];
}

/** What came of verifying one image. */
export interface Verification {
  readonly repository: string;
  readonly digest: string;
  readonly platforms: readonly PlatformManifest[];
  readonly checks: readonly Check[];
  /** What provenance says; empty where there is none that counts. */
  readonly builder: string;
  readonly source: string;
  readonly revision: string;
  /** Absent where it was not followed. */
  readonly chain?: ChainLink;
}
