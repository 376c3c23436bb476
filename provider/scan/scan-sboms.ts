import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { SbomScan, ScannerReport } from "../../domain/scan/types.js";
import type { ScannerName } from "../../domain/settings/scan.js";
import { scannerNames } from "../../domain/settings/scan.js";
import { grype } from "./grype.js";
import { scout, snyk, trivy } from "./installed-scanners.js";
import { ProgramMissingError } from "./program.js";
import { ScanError } from "./scan-error.js";
import type { SbomFile, Scanner, ScannerRun } from "./scanner.js";
import type { SbomToScan, ScanRequest } from "./types.js";

/** A scanner that hangs must not hold a release for ever. */
const LIMIT_MS = 15 * 60_000;

type Attempt = { readonly scanner: ScannerName; readonly run: ScannerRun } | Skipped;
type Skipped = { readonly scanner: ScannerName; readonly reason: string; readonly unscanned: boolean };

/**
 * Scans SBOMs with all scanners that are not off, each once for all of them. A scanner that is not installed, and one of
 * mode `warn` that fails, are skipped, which the scans say.
 *
 * @throws ScanError where a blocking scanner fails, and where there is no database that may be used; on a local stack
 * the latter gives scans of status `unscanned` instead
 */
export async function scanSboms(request: ScanRequest): Promise<ReadonlyMap<string, SbomScan>> {
  const { sboms, settings, now } = request;
  const startedOn = secondsOf(now());
  const wanted = scannerNames.filter((name) => settings.scanners[name] !== "off");
  const folder = await mkdtemp(path.join(tmpdir(), "factory-scan-"));
  try {
    const files = await writeAll(folder, sboms);
    const attempts = await Promise.all(wanted.map((name) => attempt(name, files, request)));
    const skipped = attempts.filter((it) => "reason" in it);
    const unscanned =
      attempts.length === 0 || attempts.every((it) => "reason" in it) || skipped.some((it) => it.unscanned);
    const finishedOn = secondsOf(now());
    return new Map(
      sboms.map(({ key }) => [
        key,
        {
          status: unscanned ? "unscanned" : "scanned",
          reports: attempts.flatMap((it) => ("run" in it ? [reportOf(it.scanner, it.run, key)] : [])),
          skipped: skipped.map(({ scanner, reason }) => ({ scanner, reason })),
          startedOn,
          finishedOn,
        },
      ]),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeAll(folder: string, sboms: readonly SbomToScan[]): Promise<readonly SbomFile[]> {
  const written = sboms.map(async ({ key, document }, index) => {
    const file = path.join(folder, `${index}.spdx.json`);
    await writeFile(file, JSON.stringify(document));
    return { key, path: file };
  });
  return Promise.all(written);
}

async function attempt(scanner: ScannerName, files: readonly SbomFile[], request: ScanRequest): Promise<Attempt> {
  const { settings, development, signal } = request;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
  try {
    return { scanner, run: await scannerOf(scanner, request).scan(files, limit) };
  } catch (error) {
    signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    const noDatabase = error instanceof ScanError && /^database-(missing|old)$/.test(error.kind);
    if (noDatabase && development) return { scanner, reason, unscanned: true };
    if (scanner === "grype") throw error;
    if (error instanceof ProgramMissingError || settings.scanners[scanner] === "warn") {
      return { scanner, reason, unscanned: false };
    }
    throw error;
  }
}

function scannerOf(name: ScannerName, { settings, root, now }: ScanRequest): Scanner {
  const installed = { trivy, snyk, scout };
  return name === "grype" ? grype(settings, root, now()) : installed[name];
}

function reportOf(scanner: ScannerName, { version, database, findings }: ScannerRun, key: string): ScannerReport {
  return {
    scanner,
    version,
    ...(database === undefined ? {} : { database }),
    findings: findings.get(key) ?? [],
  };
}

function secondsOf(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
