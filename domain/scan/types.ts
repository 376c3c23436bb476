import type { ScanStatus, Severity } from "../evidence/types.js";
import type { ScannerName } from "../settings/scan.js";

/** A package that a scanner blames, as the SBOM has it. */
export interface FoundPackage {
  readonly name: string;
  readonly version: string;
  /** `deb`, `python`, `npm`, ... as the scanner calls it. */
  readonly type: string;
  readonly purl?: string;
}

/** What is known of a fix. `versions` are those that have it; empty unless fixed. */
export interface Fix {
  readonly state: "fixed" | "not-fixed" | "wont-fix" | "unknown";
  readonly versions: readonly string[];
}

/** One vulnerability of one package, in one form for all scanners. */
export interface Finding {
  /** As the scanner names it: `CVE-2026-1234`, `GHSA-...`. */
  readonly id: string;
  /** Other names of the same vulnerability. */
  readonly aliases: readonly string[];
  readonly severity: Severity;
  readonly package: FoundPackage;
  readonly fix: Fix;
  readonly scanner: ScannerName;
  /** Where one reads about it. */
  readonly url?: string;
  /** When an attested scan first named it in this package, RFC 3339; absent in what scanners say. */
  readonly since?: string;
}

/** The database that a scanner looked into. */
export interface DatabaseInfo {
  /** Version of its schema, e.g. `v6.1.4`. */
  readonly version: string;
  /** When it was built, `2026-01-31T12:00:00Z`. */
  readonly built: string;
  /** `sha256:...`, `xxh64:...`; absent where the scanner does not tell. */
  readonly checksum?: string;
}

/** What one scanner says of one SBOM. */
export interface ScannerReport {
  readonly scanner: ScannerName;
  /** Version of the program. */
  readonly version: string;
  readonly database?: DatabaseInfo;
  readonly findings: readonly Finding[];
}

/** What all scanners say of one SBOM. */
export interface SbomScan {
  readonly status: ScanStatus;
  /** One for each scanner that ran; empty for `unscanned`. */
  readonly reports: readonly ScannerReport[];
  /** Scanners that were asked for but could not run, with the reason in a sentence; told, and part of the evidence. */
  readonly skipped: readonly { readonly scanner: ScannerName; readonly reason: string }[];
  /** Scanning's start and end, RFC 3339 in UTC. */
  readonly startedOn: string;
  readonly finishedOn: string;
}
