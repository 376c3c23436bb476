import type { PlatformManifest } from "../../domain/evidence/types.js";
import type { AttestedStatement } from "../../domain/verification/types.js";

/** `PromotedImageArgs`, as the engine hands them over. */
export interface PromotedImageInputs {
  readonly source: string;
  readonly insecureSource: boolean;
  readonly registry: string;
  readonly insecureRegistry: boolean;
  readonly name: string;
  readonly digest: string;
  readonly attested: readonly AttestedStatement[];
  readonly lineage: readonly string[];
  readonly buildId: string;
  readonly movingTags: readonly string[];
  readonly head: string;
  readonly signingKey: string;
  readonly signingWorkflow?: string;
  readonly verificationKeys: readonly string[];
  readonly verifier: string;
  readonly policy: { readonly uri: string; readonly sha256: string };
}

export interface PromotedImageState extends PromotedImageInputs {
  readonly tags: readonly string[];
  readonly released: readonly PlatformManifest[];
  /** What lies beside it, the summary among it, by subject and digest. */
  readonly attestations: readonly AttestedStatement[];
  readonly summary: string;
}
