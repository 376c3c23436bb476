import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import path from "node:path";
import { cacheDir, projectRoot } from "../../tools/project.js";
import type { TestServices } from "./with-services.js";

const advisories = path.join(projectRoot, "test/fixtures/advisories");

/** When the database says that it was built: the same advisories give the same bytes. */
const built = "2026-11-20T00:00:00Z";

/** The setting `factory:scan` of test projects: scans reach nothing outside this machine, and see only planted packages. */
export function plantedScan(services: TestServices): { readonly database: string; readonly maxAge: string } {
  return { database: plantedDatabase(services), maxAge: "5200w" };
}

/** Built once for these advisories and this scanner, and kept outside the checkout. */
function plantedDatabase({ env, toolchain }: TestServices): string {
  const scanner = toolchain.program("factory-scan");
  const content = createHash("sha256").update(`${scanner}\n${built}\n`);
  for (const name of readdirSync(advisories).sort()) content.update(readFileSync(path.join(advisories, name)));
  const folder = path.join(cacheDir, "test", "advisories");
  const database = path.join(folder, `${content.digest("hex")}.tar.gz`);
  if (existsSync(database)) return database;
  mkdirSync(folder, { recursive: true });
  const unfinished = path.join(folder, `${process.pid}.tar.gz`);
  const args = ["advisories", "--input", advisories, "--output", unfinished, "--built", built];
  execFileSync(scanner, args, { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "inherit"] });
  renameSync(unfinished, database);
  return database;
}
