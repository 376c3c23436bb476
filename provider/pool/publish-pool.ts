import { rm } from "node:fs/promises";
import type { PackagesLock } from "../../domain/lock/types.js";
import { ProblemsError } from "../../domain/problems.js";
import { crane, digestOf } from "../registry/crane.js";
import { composePool } from "./compose.js";
import { type FetchRequest, fetchPayloads } from "./fetch-payloads.js";

export interface PublishRequest extends FetchRequest {
  /** Registry with optional prefix. */
  readonly registry: string;
  readonly lock: PackagesLock;
}

/**
 * Brings the pool image of a lock to `<registry>/pool/<name>@<digest>`; one that is there already is left as it is.
 * @returns whether it was composed.
 * @throws where composing gives another digest than the lock's.
 */
export async function publishPool(request: PublishRequest): Promise<boolean> {
  const { name, registry, lock, cache, signal } = request;
  const reference = poolReference(registry, name, lock.pool.digest);
  if ((await digestOf(reference, signal)) !== undefined) return false;
  const payloads = await fetchPayloads(request);
  const layout = await cache.workFolder();
  try {
    const digest = await composePool({ name, lock, payloads, layout, ...(signal === undefined ? {} : { signal }) });
    if (digest !== lock.pool.digest) throw new PoolDigestError(request, digest);
    await crane(["push", layout, reference], signal);
  } finally {
    await rm(layout, { recursive: true, force: true });
  }
  return true;
}

export function poolReference(registry: string, name: string, digest: string): string {
  return `${registry}/pool/${name}@${digest}`;
}

/** Composing gave another pool image than the one that the lock names. */
export class PoolDigestError extends ProblemsError {
  constructor({ name, lock, lockFile }: PublishRequest, composed: string) {
    const message = `the pool image of the lock is ${lock.pool.digest}, composed ${composed}.`;
    const remedy = `The lock was edited by hand, or made by another version of the factory: run \`npx factory lock ${name}\` and commit what it writes.`;
    super(`the lock of ${name}`, [{ place: { file: lockFile }, message, remedy }]);
  }
}
