import type { DatabaseInfo, Finding } from "../../domain/scan/types.js";
import type { ScannerName } from "../../domain/settings/scan.js";

/** An SBOM in a file, for programs to read. */
export interface SbomFile {
  /** Whatever the caller knows it by. */
  readonly key: string;
  readonly path: string;
}

/** What a scanner says of several SBOMs. */
export interface ScannerRun {
  /** Of the program. */
  readonly version: string;
  readonly database?: DatabaseInfo;
  /** By the SBOM's key; one for each. */
  readonly findings: ReadonlyMap<string, readonly Finding[]>;
}

/**
 * A scanner that reads SPDX files.
 *
 * @throws ProgramMissingError where it is not installed, ScanError or another error where it fails, the signal's reason
 * when cancelled
 */
export interface Scanner {
  readonly name: ScannerName;
  scan(sboms: readonly SbomFile[], signal: AbortSignal): Promise<ScannerRun>;
}

/** Runs a scanner that takes one SBOM at a time over several, one after another: each program uses all processors. */
export async function scanEach(
  sboms: readonly SbomFile[],
  scan: (path: string) => Promise<readonly Finding[]>,
): Promise<ReadonlyMap<string, readonly Finding[]>> {
  const findings = new Map<string, readonly Finding[]>();
  for (const { key, path } of sboms) findings.set(key, await scan(path));
  return findings;
}
