import type { Platform } from "../catalogue/types.js";
import type { PredicateKind } from "../evidence/predicates.js";
import type { PlatformManifest, Statement } from "../evidence/types.js";
import type { Recall } from "../recall/types.js";
import type { ScanPolicy } from "../scan/judgement.js";

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
  /** What of the newest scan's findings is not allowed. Default: nothing is looked at, since a failed scan is not signed. */
  readonly scan?: ScanPolicy;
  readonly recalls: readonly Recall[];
}

/** A statement about the digest that it is attached to, signed by a key that counts. */
export interface SignedStatement {
  readonly statement: Statement;
  /** Of the manifest that attaches it. */
  readonly referrer: string;
  /** Which key signed it: base64 of the sha256 over the public key. */
  readonly key: string;
}

/** Something attached that proves nothing. */
export interface RejectedAttachment {
  /** Of the manifest that attaches it. */
  readonly referrer: string;
  readonly reason: RejectionReason;
  /** What it says it is; nobody has checked that. Absent where it cannot be read. */
  readonly predicateType?: string;
  /** What was found, as the rest of a sentence. */
  readonly detail: string;
}

/**
 * `other-key`: whole, but none of our keys made it. `other-subject`: it speaks of another digest. `damaged`: what is stored
 * differs from what was signed or named. `missing`: it is listed, but not there.
 */
export type RejectionReason = "other-key" | "other-subject" | "damaged" | "missing";

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
  /** Ids of the keys that count, as in `SignedStatement`. */
  readonly keys: readonly string[];
  /** What it was made from; absent where it was not followed. */
  readonly chain?: ChainLink;
}

/** Why a check failed, for programs. */
export type FailureCode =
  | "single-platform"
  | "platforms"
  | "unsigned"
  | "attestation-only"
  | "missing-attestation"
  | RejectionReason
  | "predicate"
  | "other-image"
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
  | "broken-chain"
  | "recalled";

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
  readonly subject: PredicateKind | "platforms" | "chain" | "recalls";
  /** Of the index or of a platform. */
  readonly digest: string;
  readonly platform?: Platform;
  /** What is there, in a few words; empty where something failed. */
  readonly detail: string;
  /** Empty where it passed. */
  readonly failures: readonly VerificationFailure[];
}

/** What provenance says of where an image comes from. */
export interface Origin {
  /** Id of the image variant. */
  readonly image: string;
  /** `builder.id`. */
  readonly builder: string;
  /** Source repository. */
  readonly source: string;
  /** Full commit; empty where nothing was committed. */
  readonly revision: string;
  /** The sha256 over all inputs of the build. */
  readonly buildId: string;
}

/** One thing that an image was made from, and what that was made from. */
export interface ChainLink {
  /** `external`: made by somebody else, where our chain ends. */
  readonly kind: "image" | "pool" | "source" | "external";
  /** `repository@sha256:...`, or an address. */
  readonly reference: string;
  /** `sha256:...`, or a commit. */
  readonly digest: string;
  /** Digests of its platforms, where it is an index of ours. */
  readonly manifests: readonly string[];
  /** Of an image of ours. */
  readonly origin?: Origin;
  /** Of a pool image: the hash of the request in the packages' lock that it was composed from. */
  readonly lock?: string;
  /** Why it ends here although it should not, in a sentence. */
  readonly gap?: string;
  readonly materials: readonly ChainLink[];
}

/** What one statement is about, what it is, and the manifest that attaches it. */
export interface AttestedStatement {
  /** Digest of the index or of a platform's manifest. */
  readonly subject: string;
  readonly predicateType: string;
  /** Of the manifest that attaches it. */
  readonly digest: string;
}

/** What came of verifying one image. */
export interface Verification {
  readonly repository: string;
  readonly digest: string;
  readonly platforms: readonly PlatformManifest[];
  readonly checks: readonly Check[];
  /** Everything attached that a key that counts has signed, of the index and its platforms. */
  readonly attested: readonly AttestedStatement[];
  /** Absent where no provenance counts. */
  readonly origin?: Origin;
  readonly chain?: ChainLink;
}
