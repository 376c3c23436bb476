import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Checked, Problem } from "../problems.js";
import { stateFileName } from "./file-name.js";
import { parseState } from "./parse.js";
import { renderState } from "./render.js";
import type { ImageState } from "./types.js";

/** All state files of a folder (relative to the root), by image. A folder that is not there holds no state. */
export async function loadState(root: string, directory: string): Promise<Checked<ReadonlyMap<string, ImageState>>> {
  const states = new Map<string, ImageState>();
  const problems: Problem[] = [];
  for (const name of await listFiles(join(root, directory))) {
    const file = `${directory}/${name}`;
    const parsed = parseState(file, await readFile(join(root, file), "utf8"));
    problems.push(...parsed.problems);
    if (parsed.value !== undefined) states.set(parsed.value.image, parsed.value);
  }
  return { value: states, problems };
}

/** Writes a state file so that a reader, or a crash, sees the old text or the new one, never a part. Returns the file. */
export async function writeState(root: string, directory: string, state: ImageState): Promise<string> {
  const file = `${directory}/${stateFileName(state.image)}`;
  const path = join(root, file);
  const temporary = `${path}.${process.pid}.tmp`;
  await mkdir(join(root, directory), { recursive: true });
  try {
    const handle = await open(temporary, "wx");
    try {
      await handle.writeFile(renderState(state));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return file;
}

async function listFiles(path: string): Promise<readonly string[]> {
  try {
    return (await readdir(path)).filter((name) => name.endsWith(".yaml")).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
