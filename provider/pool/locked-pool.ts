import { readFile } from "node:fs/promises";
import path from "node:path";
import { readLock } from "../../domain/lock/schema.js";
import { type Problem, ProblemsError } from "../../domain/problems.js";
import { digestOf } from "../registry/crane.js";
import type { ResourceContext } from "../resource-handler.js";
import { PayloadCache } from "./payload-cache.js";
import { poolReference, publishPool } from "./publish-pool.js";

/** `PoolImageArgs`, as the engine hands them over. */
export interface PoolImageInputs {
  readonly registry: string;
  readonly name: string;
  readonly lockFile: string;
  readonly digest: string;
}

/** Composes the pool image of a lock and pushes it. @throws ProblemsError where the lock is not the planned one */
export async function publishLockedPool(
  { registry, name, lockFile, digest }: PoolImageInputs,
  { root, signal }: ResourceContext,
): Promise<void> {
  const { data: lock, problems } = readLock(lockFile, await readFile(path.join(root, lockFile), "utf8"), name);
  if (lock === undefined) throw new ProblemsError(`the lock of ${name}`, problems);
  if (lock.pool.digest !== digest)
    throw new ProblemsError(`the lock of ${name}`, [changed(lockFile, digest, lock.pool.digest)]);
  await publishPool({ name, registry, lock, lockFile, cache: new PayloadCache(), signal });
}

export async function isPublished({ registry, name, digest }: PoolImageInputs, signal: AbortSignal): Promise<boolean> {
  return (await digestOf(poolReference(registry, name, digest), signal)) !== undefined;
}

/** The plan read another lock than the one that lies there now. */
function changed(lockFile: string, planned: string, found: string): Problem {
  const message = `the lock was changed during this run: planned was the pool image ${planned}, now it names ${found}.`;
  return { place: { file: lockFile }, message, remedy: "Run `npm run up` again." };
}
