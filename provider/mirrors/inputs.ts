import type { PlatformManifest } from "../../domain/evidence/types.js";
import type { AttestedStatement } from "../../domain/verification/types.js";

/** `MirroredImageArgs`, as the engine hands them over. */
export interface MirroredImageInputs {
  readonly from: string;
  readonly insecureSource: boolean;
  readonly to: string;
  readonly insecureRegistry: boolean;
  readonly digest: string;
  readonly tags: readonly string[];
  readonly login?: { readonly username: string; readonly password: string };
}

export interface MirroredImageState extends MirroredImageInputs {
  readonly released: readonly PlatformManifest[];
  /** What was attached to it at its source, and lies beside it now, by subject and digest. */
  readonly attestations: readonly AttestedStatement[];
}
