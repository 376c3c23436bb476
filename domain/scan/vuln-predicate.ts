import type { ScanStatus, Severity } from "../evidence/types.js";
import { severities } from "../evidence/types.js";
import type { ScannerName } from "../settings/scan.js";
import type { Suppression } from "./judgement.js";
import type { DatabaseInfo, Finding, SbomScan, ScannerReport } from "./types.js";

/**
 * cosign's predicate `vuln` (https://github.com/sigstore/cosign/blob/main/specs/COSIGN_VULN_ATTESTATION_SPEC.md). What
 * cosign leaves open, the result, is ours: counts and findings in one form for all scanners. `scanner` is the first one;
 * all stand in its result.
 */
export interface VulnPredicate {
  readonly invocation: Readonly<Record<string, never>>;
  readonly scanner: {
    readonly uri: string;
    readonly version: string;
    readonly db: { readonly uri: string; readonly version: string } & Partial<Omit<DatabaseInfo, "version">>;
    readonly result: VulnResult;
  };
  readonly metadata: { readonly scanStartedOn: string; readonly scanFinishedOn: string };
}

export interface VulnResult {
  /** `unscanned` says that nobody has looked: there was no database. */
  readonly status: ScanStatus;
  readonly scanners: readonly (Pick<ScannerReport, "scanner" | "version" | "database"> & { readonly uri: string })[];
  /** Scanners that were asked for but did not run. */
  readonly skipped: SbomScan["skipped"];
  /** Of what counts: without suppressed findings, each vulnerability of a package once. */
  readonly counts: Readonly<Record<Severity, number>>;
  readonly findings: readonly Finding[];
  readonly suppressed: readonly Suppression[];
}

/** Where each scanner is described; cosign wants an address. */
export const scannerUris: Readonly<Record<ScannerName, string>> = {
  grype: "https://github.com/anchore/grype",
  trivy: "https://github.com/aquasecurity/trivy",
  snyk: "https://github.com/snyk/cli",
  scout: "https://github.com/docker/scout-cli",
};

export function vulnPredicate(
  scan: SbomScan,
  findings: readonly Finding[],
  suppressed: readonly Suppression[],
): VulnPredicate {
  const [first] = scan.reports;
  const database = first?.database;
  return {
    invocation: {},
    scanner: {
      uri: scannerUris[first?.scanner ?? "grype"],
      version: first?.version ?? "",
      db: { uri: "", version: "", ...database },
      result: {
        status: scan.status,
        scanners: scan.reports.map(({ scanner, version, database: known }) => ({
          scanner,
          uri: scannerUris[scanner],
          version,
          ...(known === undefined ? {} : { database: known }),
        })),
        skipped: scan.skipped,
        counts: countsOf(findings),
        findings,
        suppressed,
      },
    },
    metadata: { scanStartedOn: scan.startedOn, scanFinishedOn: scan.finishedOn },
  };
}

/** Vulnerabilities by severity. What several scanners say of one package counts once, with the worst severity. */
export function countsOf(findings: readonly Finding[]): Readonly<Record<Severity, number>> {
  const counts = Object.fromEntries(severities.map((it) => [it, 0])) as Record<Severity, number>;
  const seen = new Set<string>();
  const worstFirst = [...findings].sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
  for (const { id, aliases, severity, package: blamed } of worstFirst) {
    const names = [id, ...aliases].map((name) => `${name} ${blamed.name} ${blamed.version}`);
    if (!names.some((name) => seen.has(name))) counts[severity]++;
    for (const name of names) seen.add(name);
  }
  return counts;
}
