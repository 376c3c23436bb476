import type { FailOn, Unfixed } from "../catalogue/scan.js";
import type { Platform } from "../catalogue/types.js";
import type { GateFailure } from "../evidence/types.js";
import type { Problem } from "../problems.js";
import type { ScannerName } from "../settings/scan.js";
import type { ScanException } from "./exceptions.js";
import type { Finding, SbomScan } from "./types.js";
import type { VexStatement } from "./vex.js";
import type { VulnPredicate } from "./vuln-predicate.js";

/** What fails an image: the stack's setting with the image's own over it. */
export interface ScanPolicy {
  readonly failOn: FailOn;
  readonly unfixed: Unfixed;
  readonly scanners: Readonly<Record<ScannerName, "block" | "warn" | "off">>;
}

/** One platform of an image with its scan. */
export interface JudgeRequest {
  /** Id of the image variant, e.g. `python`. */
  readonly image: string;
  readonly platform: Platform;
  /** Of the platform's manifest. */
  readonly digest: string;
  readonly scan: SbomScan;
  readonly policy: ScanPolicy;
  readonly exceptions: readonly ScanException[];
  readonly vex: readonly VexStatement[];
  /** `YYYY-MM-DD`, UTC. */
  readonly today: string;
}

/** A finding that does not count, and why. */
export interface Suppression {
  readonly finding: Finding;
  readonly by: "exception" | "vex";
  /** The exception's reason, or the statement's status with its justification. */
  readonly reason: string;
  /** Who answers for it. */
  readonly owner: string;
  /** Last day of an exception. */
  readonly expires?: string;
  /** `scan-exceptions.yaml:3`, `vex/openssl.openvex.json`. */
  readonly place: string;
}

export interface ScanJudgement {
  readonly failures: readonly GateFailure[];
  /** What is attested: cosign's vulnerability predicate. */
  readonly predicate: VulnPredicate;
  /** What is told but fails nothing: unfixed findings, scanners of mode `warn`, expired exceptions, skipped scanners. */
  readonly warnings: readonly Problem[];
  readonly suppressed: readonly Suppression[];
}
