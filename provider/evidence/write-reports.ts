import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

/**
 * Puts the reports of an image where people and CI find them. One that was not made anew, as that of tests that were not run
 * again, stays.
 *
 * @param reports texts by their path below `folder`, e.g. `scan.sarif`
 */
export async function writeReports(folder: string, reports: ReadonlyMap<string, string>): Promise<void> {
  await mkdir(folder, { recursive: true });
  await Promise.all([...reports].map(([name, text]) => writeFile(path.join(folder, name), text)));
}
