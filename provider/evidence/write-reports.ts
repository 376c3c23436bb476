import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";

/**
 * Puts the reports of an image where people and CI find them, in place of those of an earlier run.
 *
 * @param reports texts by their path below `folder`, e.g. `linux-amd64/sbom.spdx.json`
 */
export async function writeReports(folder: string, reports: ReadonlyMap<string, string>): Promise<void> {
  const fresh = `${folder}.new`;
  await rm(fresh, { recursive: true, force: true });
  for (const [name, text] of reports) {
    const file = path.join(fresh, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  await rm(folder, { recursive: true, force: true });
  await rename(fresh, folder);
}
