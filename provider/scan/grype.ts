import { parseGrypeScan } from "../../domain/scan/parsers/grype.js";
import type { ScanSettings } from "../../domain/settings/scan.js";
import { databaseArguments, databaseError, requireFresh } from "./database.js";
import { parsed } from "./installed-scanners.js";
import { type ProgramResult, runProgram } from "./program.js";
import type { Scanner } from "./scanner.js";

/** grype, as a library in `factory-scan`: one start and one opened database for all SBOMs. */
export function grype(settings: ScanSettings, root: string, now: Date): Scanner {
  const database = databaseArguments(settings, root, process.env);
  return {
    name: "grype",
    async scan(sboms, signal) {
      const problem = await updateOnce(database, signal);
      const paths = sboms.map(({ path }) => path);
      const result = problem ?? (await runProgram("factory-scan", ["scan", ...database, ...paths], signal));
      if (result.code !== 0) throw databaseError(result, settings);
      const scan = parsed("grype", result, [0], (text) => parseGrypeScan(text, sboms.length));
      requireFresh(scan.database.built, now, settings);
      const findings = new Map(sboms.map(({ key }, index) => [key, scan.findings[index] ?? []]));
      return { version: scan.version, database: scan.database, findings };
    },
  };
}

/** By the arguments that name a database: undefined where it could be opened. */
const updates = new Map<string, Promise<ProgramResult | undefined>>();

/**
 * Brings a database that a site serves up to date once in the life of this process: all images are scanned with the same one, and a site
 * that cannot be reached is waited for once.
 */
function updateOnce(database: readonly string[], signal: AbortSignal): Promise<ProgramResult | undefined> {
  if (database.includes("--database")) return Promise.resolve(undefined);
  const key = database.join("\0");
  const known = updates.get(key);
  if (known !== undefined) return known;
  const update = runProgram("factory-scan", ["scan", "--update", ...database], signal).then((result) =>
    result.code === 0 ? undefined : result,
  );
  updates.set(key, update);
  update.catch(() => updates.delete(key));
  return update;
}
