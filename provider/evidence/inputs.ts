import type { GrowthBudget } from "../../domain/catalogue/types.js";
import type { Measures } from "../../domain/evidence/measures.js";
import type { BuildFacts } from "../../domain/provenance/complete.js";
import type { ImageScanRules } from "../../domain/scan/image-rules.js";
import type { TestSuite } from "../../domain/tests/types.js";
import type { AttestedStatement } from "../../domain/verification/types.js";

/** `EvidenceArgs`, as the engine hands them over. */
export interface EvidenceInputs {
  readonly registry: string;
  readonly insecureRegistry: boolean;
  readonly name: string;
  readonly digest: string;
  readonly builder: string;
  readonly builderId: string;
  readonly build: Omit<BuildFacts, "versions" | "builderId">;
  readonly tests: TestSuite;
  readonly testsHash: string;
  readonly scan: ImageScanRules;
  readonly sizeBudget?: number;
  readonly growthBudget?: GrowthBudget;
  readonly releaseTag?: string;
  readonly owner: string;
  readonly suppliers: Readonly<Record<string, string>>;
  readonly signingKey: string;
  readonly signingWorkflow?: string;
  readonly verificationKeys: readonly string[];
}

export interface EvidenceState extends EvidenceInputs {
  readonly summary: string;
  readonly warnings: readonly string[];
  readonly measures: Measures;
  /** Package URLs of all that its SBOMs list, without versions, sorted: what VEX says of others is nothing to it. */
  readonly packages: readonly string[];
  readonly attested: readonly AttestedStatement[];
}
