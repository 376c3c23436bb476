import { execFile } from "node:child_process";
import { mkdtemp, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A call of npm that failed. */
export class NpmError extends Error {
  override readonly name = "NpmError";

  constructor(
    readonly spec: string,
    readonly detail: string,
  ) {
    super(`npm pack ${spec}: ${detail}`);
  }

  /** True where the registry answered that it has no such package or version. */
  get notFound(): boolean {
    return /\b(E404|ETARGET|ENOVERSIONS)\b/.test(this.detail);
  }
}

/**
 * Writes the tarball of one version of a package to `destination`, on the same file system as its folder.
 * Registry, credentials, proxy and certificates are those of npm's own configuration; no script of the package runs.
 *
 * @throws NpmError with npm's own words; the signal's reason when cancelled.
 */
export async function packTarball(spec: string, destination: string, signal?: AbortSignal): Promise<void> {
  const folder = await mkdtemp(`${destination}.npm-`);
  try {
    await npmPack(spec, folder, signal);
    const [tarball] = (await readdir(folder)).filter((name) => name.endsWith(".tgz"));
    if (tarball === undefined) throw new NpmError(spec, "npm wrote no tarball");
    await rename(path.join(folder, tarball), destination);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function npmPack(spec: string, folder: string, signal?: AbortSignal): Promise<void> {
  const args = ["pack", spec, "--pack-destination", folder, "--ignore-scripts", "--loglevel=error"];
  try {
    await run("npm", args, { maxBuffer: 64 << 20, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    signal?.throwIfAborted();
    const stderr = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    throw new NpmError(spec, stderr === "" ? String(error) : stderr.split("\n").slice(0, 4).join("; "));
  }
}
