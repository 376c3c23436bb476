import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "../../tools/machine/lock.js";
import { run } from "../../tools/machine/run.js";
import { ensurePip } from "../../tools/machine/system.js";
import { cacheDir } from "../../tools/project.js";

/**
 * Installs packages from the Python index into the cache that the built tools are in, once.
 *
 * @param packages each with its version: `moto==5.2.5`
 * @returns the folder, for PYTHONPATH
 */
export async function pythonPackages(packages: readonly string[]): Promise<string> {
  const name = packages.join("-").replace(/==/g, "-");
  const folder = join(cacheDir, "test", name);
  await withLock(folder, `installing ${packages[0]}`, async () => {
    if (existsSync(folder)) return;
    await ensurePip();
    const temporary = `${folder}.part`;
    rmSync(temporary, { recursive: true, force: true });
    const options = ["--no-input", "--disable-pip-version-check", "--root-user-action=ignore", "--only-binary=:all:"];
    const args = ["-m", "pip", "install", ...options, `--target=${temporary}`, ...packages];
    const { code, stderr } = await run("python3", args);
    if (code !== 0) throw new Error(`${packages.join(", ")} could not be installed:\n${stderr}`);
    renameSync(temporary, folder);
  });
  return folder;
}
