import type { PackagesLock, Payload } from "../../domain/lock/types.js";
import { kindOf } from "./kinds.js";
import type { PayloadCache } from "./payload-cache.js";
import type { CachedPayload } from "./payload-kind.js";

const parallel = 8;

export interface FetchOptions {
  readonly cache: PayloadCache;
  readonly signal?: AbortSignal;
  /** Called after each payload. */
  readonly progress?: (done: number, of: number) => void;
}

/**
 * Every payload of a lock, verified, by its sha256: from the cache, or from its source into the cache.
 * @throws AggregateError over all that failed (PayloadGoneError, PayloadMismatchError, faults of the network).
 */
export async function fetchPayloads(
  lock: Pick<PackagesLock, "platforms">,
  { cache, signal, progress }: FetchOptions,
): Promise<ReadonlyMap<string, CachedPayload>> {
  const wanted = new Map<string, Payload>();
  for (const payload of Object.values(lock.platforms).flat()) wanted.set(payload.sha256, payload);
  const found = new Map<string, CachedPayload>();
  const failures: unknown[] = [];
  const queue = [...wanted.values()];
  const total = queue.length;
  let done = 0;
  const work = async (): Promise<void> => {
    for (let payload = queue.shift(); payload !== undefined; payload = queue.shift()) {
      signal?.throwIfAborted();
      try {
        found.set(payload.sha256, await cache.ensure(payload, kindOf(payload), signal));
      } catch (error) {
        signal?.throwIfAborted();
        failures.push(error);
      }
      done += 1;
      progress?.(done, total);
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  if (failures.length > 0) {
    const reasons = failures.map((failure) => (failure instanceof Error ? failure.message : String(failure)));
    throw new AggregateError(failures, reasons.join("\n"));
  }
  return found;
}
