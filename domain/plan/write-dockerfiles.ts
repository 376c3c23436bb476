import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { GENERATED_DOCKERFILES } from "./generated-dockerfile.js";
import type { BuildPlan } from "./types.js";

/**
 * Writes the generated Dockerfiles and allow-lists of a plan and removes those of images that are gone. A file that is right
 * already keeps its time: BuildKit and make-like tools look at it.
 */
export async function writeGeneratedDockerfiles(root: string, plan: Pick<BuildPlan, "images">): Promise<void> {
  const folders = new Set<string>();
  for (const { dockerfile } of plan.images) {
    const path = join(root, dockerfile.path);
    folders.add(dirname(path));
    await mkdir(dirname(path), { recursive: true });
    await writeIfDifferent(path, dockerfile.text);
    await writeIfDifferent(`${path}.dockerignore`, dockerfile.ignore);
  }
  for (const name of await listFolder(join(root, GENERATED_DOCKERFILES))) {
    const folder = join(root, GENERATED_DOCKERFILES, name);
    if (!folders.has(folder)) await rm(folder, { recursive: true, force: true });
  }
}

async function writeIfDifferent(path: string, text: string): Promise<void> {
  if ((await readOrUndefined(path)) !== text) await writeFile(path, text);
}

async function readOrUndefined(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function listFolder(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
