import type { PredicateKind } from "../../domain/evidence/predicates.js";
import type { PlatformManifest } from "../../domain/evidence/types.js";
import type { Recall } from "../../domain/recall/types.js";
import type { ScanPolicy } from "../../domain/scan/judgement.js";
import type { AttestedStatement } from "../../domain/verification/types.js";
import type { PromotedCopy } from "../sdk/verified-image.js";

/** `VerifiedImageArgs`, as the engine hands them over. */
export interface VerifiedImageInputs {
  readonly reference: string;
  readonly insecureRegistry?: boolean;
  readonly keys: readonly string[];
  readonly builders: readonly string[];
  readonly sources: readonly string[];
  readonly requiredPlatforms?: readonly string[];
  readonly development?: boolean;
  readonly maxScanAge?: number;
  readonly maxDatabaseAge?: number;
  readonly scan?: ScanPolicy;
  readonly recalls?: readonly Recall[];
  readonly promoted?: PromotedCopy;
  readonly evidence?: string;
  /** Whether the reference is plain text in the program: then it is verified in previews too. */
  readonly literal: boolean;
}

export interface VerifiedImageState extends VerifiedImageInputs {
  readonly digest: string;
  readonly platforms: readonly PlatformManifest[];
  readonly verifiedPredicates: readonly PredicateKind[];
  readonly builder: string;
  readonly source: string;
  readonly revision: string;
  readonly attested: readonly AttestedStatement[];
  readonly lineage: readonly string[];
}
