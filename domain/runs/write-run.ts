import { mkdir, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { startOfRun } from "./record.js";
import { expiredRuns } from "./retention.js";

/** Where the last run's files are found without its id. */
export const LATEST = "latest";

/**
 * Keeps the files of a run below `folder`, in a folder of its own named by its id, and points `latest` to it. They appear all
 * at once or not at all. Runs that need not be kept any more are removed after that.
 *
 * @param files texts by their path in the run's folder
 * @param now milliseconds since 1970
 */
export async function writeRun(
  folder: string,
  id: string,
  files: ReadonlyMap<string, string>,
  now: number,
): Promise<void> {
  const temporary = join(folder, `.${id}`);
  try {
    for (const [name, text] of files) {
      const file = join(temporary, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
    await rename(temporary, join(folder, id));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
  const link = join(folder, `.${LATEST}-${id}`);
  await symlink(id, link);
  await rename(link, join(folder, LATEST));
  await removeOld(folder, now);
}

/** Expired runs, and what a run that was killed a day ago or more left half written. */
async function removeOld(folder: string, now: number): Promise<void> {
  const names = await readdir(folder);
  const halves = names.filter((name) => {
    const start = name.startsWith(".") ? startOfRun(name.replace(/^\.(?:latest-)?/, "")) : undefined;
    return start !== undefined && start < now - 24 * 3_600_000;
  });
  const old = [...expiredRuns(names, now), ...halves];
  await Promise.all(old.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}
