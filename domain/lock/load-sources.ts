import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { Checked, Problem } from "../problems.js";
import { placeOf } from "../yaml/document.js";
import { readLock, readRequest } from "./schema.js";
import type { LockSource } from "./sources.js";

/** Where an overlay lock lies: ignored by git, made where a payload is gone, never promotable. */
export function overlayFile(name: string): string {
  return `.factory/locks/${name}.lock.json`;
}

/**
 * Every `packages.yaml` below `bases/` and `images/`, with its lock. A lock that cannot be read is a problem and left out.
 * @param overlays whether an overlay wins over the committed lock.
 */
export async function loadLockSources(root: string, overlays: boolean): Promise<Checked<readonly LockSource[]>> {
  const sources: LockSource[] = [];
  const problems: Problem[] = [];
  for (const parent of ["bases", "images"]) {
    const names = await ifThere(readdir(path.join(root, parent)));
    for (const name of (names ?? []).sort()) {
      const source = await loadSource(root, `${parent}/${name}`, name, overlays);
      problems.push(...source.problems);
      if (source.value !== undefined) sources.push(source.value);
    }
  }
  return { value: sources, problems };
}

/** The `packages.yaml` of one folder, with its lock; nothing where it has none. */
export async function loadSource(
  root: string,
  directory: string,
  name: string,
  overlays: boolean,
): Promise<Checked<LockSource | undefined>> {
  const read = (file: string): Promise<string | undefined> => ifThere(readFile(path.join(root, file), "utf8"));
  const file = `${directory}/packages.yaml`;
  const text = await read(file);
  if (text === undefined) return { value: undefined, problems: [] };
  const { data: request, document, problems } = readRequest(file, text);
  if (request === undefined) return { value: undefined, problems };

  const npm = request.npm?.lockfile === undefined ? undefined : `${directory}/${request.npm.lockfile}`;
  const npmLockfile = npm === undefined ? undefined : await read(npm);
  const missing: Problem[] = [];
  if (npm !== undefined && npmLockfile === undefined) {
    const remedy = "Run `npm install --package-lock-only --omit-lockfile-registry-resolved` in its folder.";
    missing.push({ place: placeOf(document, ["npm", "lockfile"]), message: `there is no ${npm}.`, remedy });
  }

  const overlay = overlays ? await read(overlayFile(name)) : undefined;
  const lockFile = overlay === undefined ? `${directory}/packages.lock.json` : overlayFile(name);
  const lockText = overlay ?? (await read(lockFile));
  const lock = lockText === undefined ? undefined : readLock(lockFile, lockText, name);
  const value: LockSource = {
    name,
    directory,
    file,
    request,
    document,
    lockFile,
    ...(npmLockfile === undefined ? {} : { npmLockfile }),
    ...(lock?.data === undefined ? {} : { lock: lock.data }),
  };
  return { value, problems: [...problems, ...missing, ...(lock?.problems ?? [])] };
}

async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  return reading.catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
}
