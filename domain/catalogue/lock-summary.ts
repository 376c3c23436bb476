import { z } from "zod";
import type { Checked, Problem } from "../problems.js";
import { checkWith } from "../yaml/check.js";
import { folderPath, type ImageFolder, type LockFile } from "./files.js";
import type { PoolLockSummary } from "./types.js";

const lockSchema = z.object({
  schema: z.literal(1),
  pool: z.object({
    digest: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/)
      .meta({ description: "a sha256 digest" }),
  }),
});

/** What the plan needs of the folder's lock; nothing where it asks for no packages. */
export function summariseLock(folder: ImageFolder): Checked<PoolLockSummary | undefined> {
  if (!folder.entries.includes("packages.yaml")) return { value: undefined, problems: orphan(folder) };
  if (folder.lock !== undefined) return readLock(folder.lock, folder.name);
  const place = { file: `${folderPath(folder)}/packages.yaml` };
  const message = "packages are named here, but there is no packages.lock.json.";
  return { value: undefined, problems: [{ place, message, remedy: `Run \`npx factory lock ${folder.name}\`.` }] };
}

function orphan(folder: ImageFolder): readonly Problem[] {
  if (!folder.entries.includes("packages.lock.json")) return [];
  const place = { file: `${folderPath(folder)}/packages.lock.json` };
  const remedy = "Restore packages.yaml, or remove the lock.";
  return [{ place, message: "a lock without packages.yaml: nothing says what it locks.", remedy }];
}

function readLock(lock: LockFile, name: string): Checked<PoolLockSummary | undefined> {
  const remedy = `Run \`npx factory lock ${name}\`, which writes it anew.`;
  let value: unknown;
  try {
    value = JSON.parse(lock.text);
  } catch {
    const message = "this is not a lock: it is not JSON.";
    return { value: undefined, problems: [{ place: { file: lock.file }, message, remedy }] };
  }
  const { value: read, problems } = checkWith(lockSchema, { file: lock.file, value });
  if (read === undefined) return { value: undefined, problems: problems.map((problem) => ({ ...problem, remedy })) };
  return { value: { file: lock.file, poolDigest: read.pool.digest, overlay: lock.overlay }, problems: [] };
}
