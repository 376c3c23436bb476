import { homedir } from "node:os";
import path from "node:path";
import type { ScanSettings } from "../../domain/settings/scan.js";
import { ENDED_BY_SIGNAL, lastLine, type ProgramResult } from "./program.js";
import { ScanError } from "./scan-error.js";

/** What `factory-scan scan` is told of the database. Unpacked databases are kept outside the checkout. */
export function databaseArguments({ database }: ScanSettings, root: string, env: NodeJS.ProcessEnv): readonly string[] {
  const caches = env.FACTORY_CACHE ?? path.join(env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache"), "image-factory");
  const cache = ["--cache", path.join(caches, "vulnerabilities")];
  if (database === undefined) return cache;
  if (/^https?:\/\//.test(database)) return ["--listing", database, ...cache];
  return ["--database", path.resolve(root, database), ...cache];
}

// Exit codes of factory-scan.
const DATABASE_MISSING = 10;
const DATABASE_DAMAGED = 11;

/** Why factory-scan could not scan. */
export function databaseError(result: ProgramResult, { database }: ScanSettings): ScanError {
  const reason = lastLine(result).replace(/^the database is damaged: /, "");
  const which = database === undefined ? "grype's own database" : `the database ${database}`;
  const build = "`npx factory advisories build` makes one from advisories";
  if (result.code === DATABASE_MISSING) {
    const remedy =
      database === undefined
        ? `Let this machine reach grype's site once (or a mirror, by GRYPE_DB_UPDATE_URL), or name a database in factory:scan: ${build}.`
        : `Correct factory:scan: { database: ... }; ${build}.`;
    return new ScanError("database-missing", `${which} could not be had: ${reason}.`, remedy);
  }
  if (result.code === DATABASE_DAMAGED) {
    const remedy =
      database === undefined ? "Remove it (GRYPE_DB_CACHE_DIR) and run again." : `Make it again: ${build}.`;
    return new ScanError("database-damaged", `${which} is damaged: ${reason}.`, remedy);
  }
  if (result.code === ENDED_BY_SIGNAL) {
    const remedy = "Look whether memory ran out, and run the command again.";
    return new ScanError("scanner-failed", "grype was ended by a signal in the middle of its work.", remedy);
  }
  return new ScanError("scanner-failed", `grype failed (${result.code}): ${reason}.`, "Run it by hand to see more.");
}

/** Throws for a database that was built too long ago to say what is known today. */
export function requireFresh(built: string, now: Date, settings: ScanSettings): void {
  const age = now.getTime() - Date.parse(built);
  if (age <= settings.maxAge) return;
  const days = (milliseconds: number) => `${(milliseconds / 86_400_000).toFixed(1)} days`;
  const message = `the database of vulnerabilities was built on ${built}, ${days(age)} ago; at most ${days(settings.maxAge)} are allowed.`;
  const remedy = "Build or fetch a newer one, or allow more by factory:scan: { maxAge: ... }.";
  throw new ScanError("database-old", message, remedy);
}
