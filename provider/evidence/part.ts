import type { PartialMeasures } from "../../domain/evidence/measures.js";
import type { PredicateKind } from "../../domain/evidence/predicates.js";
import type { CandidateImage, GateFailure } from "../../domain/evidence/types.js";
import type { Problem } from "../../domain/problems.js";
import type { RegistryClient } from "../registry/client.js";
import type { EvidenceInputs } from "./inputs.js";
import type { StoredStatements } from "./stored-statements.js";

/** What every part of the evidence works with. */
export interface PartRequest {
  readonly client: RegistryClient;
  readonly image: CandidateImage;
  readonly inputs: EvidenceInputs;
  /** What an earlier run attached, by the digest that it is about. */
  readonly stored: ReadonlyMap<string, StoredStatements>;
  /** Absolute path of the project. */
  readonly root: string;
  readonly signal: AbortSignal;
}

/** A predicate to be attested, if no gate fails. */
export interface Predicate {
  readonly kind: PredicateKind;
  /** Digest of the index or of a platform's manifest. */
  readonly subject: string;
  readonly predicate: unknown;
}

/** What one part of the evidence found out. */
export interface Part {
  readonly predicates: readonly Predicate[];
  readonly failures: readonly GateFailure[];
  /** What fails nothing, but has to be told. */
  readonly warnings?: readonly Problem[];
  /** In a few words, for the table that ends an `up`. */
  readonly summary?: string;
  /** Figures, for reports and metrics. */
  readonly measures?: PartialMeasures;
  /** Package URLs, without versions, of all that is in the image. */
  readonly packages?: readonly string[];
  /** Texts by their path below the image's folder of reports. */
  readonly reports?: ReadonlyMap<string, string>;
}
