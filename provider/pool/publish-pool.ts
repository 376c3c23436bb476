import { rm } from "node:fs/promises";
import type { PackagesLock } from "../../domain/lock/types.js";
import { crane, digestOf } from "../registry/crane.js";
import { composePool } from "./compose.js";
import { fetchPayloads } from "./fetch-payloads.js";
import type { PayloadCache } from "./payload-cache.js";

export interface PublishRequest {
  readonly name: string;
  /** Registry with optional prefix. */
  readonly registry: string;
  readonly lock: PackagesLock;
  /** The lock's file, for messages. */
  readonly lockFile: string;
  readonly cache: PayloadCache;
  readonly signal?: AbortSignal;
  readonly progress?: (done: number, of: number) => void;
}

/**
 * Brings the pool image of a lock to `<registry>/pool/<name>@<digest>`; one that is there already is left as it is.
 * @returns whether it was composed.
 * @throws where composing gives another digest than the lock's.
 */
export async function publishPool(request: PublishRequest): Promise<boolean> {
  const { name, registry, lock, lockFile, cache, signal } = request;
  const reference = poolReference(registry, name, lock.pool.digest);
  if ((await digestOf(reference, signal)) !== undefined) return false;
  const payloads = await fetchPayloads(lock, request);
  const layout = await cache.workFolder();
  try {
    const digest = await composePool({ name, lock, payloads, layout, ...(signal === undefined ? {} : { signal }) });
    if (digest !== lock.pool.digest) throw new PoolDigestError(lockFile, lock.pool.digest, digest);
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
export class PoolDigestError extends Error {
  override readonly name = "PoolDigestError";

  constructor(lockFile: string, expected: string, composed: string) {
    super(
      `${lockFile}: the pool image of the lock is ${expected}, composed ${composed}. ` +
        "The lock was edited by hand, or made by another version of the factory: run `npx factory lock` and commit what it writes.",
    );
  }
}
