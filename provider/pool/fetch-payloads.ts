import type { PackagesLock, Payload } from "../../domain/lock/types.js";
import { type Problem, ProblemsError } from "../../domain/problems.js";
import { kindOf } from "./kinds.js";
import { type PayloadCache, PayloadMismatchError } from "./payload-cache.js";
import { type CachedPayload, PayloadGoneError } from "./payload-kind.js";

const parallel = 8;

export interface FetchRequest {
  /** Name of the base or application image. */
  readonly name: string;
  readonly lock: Pick<PackagesLock, "platforms">;
  /** The lock's file, for messages. */
  readonly lockFile: string;
  readonly cache: PayloadCache;
  readonly signal?: AbortSignal;
  /** Called after each payload. */
  readonly progress?: (done: number, of: number) => void;
}

/** What could not be fetched, each payload with its reason. */
export class PayloadsError extends ProblemsError {
  constructor(
    { name, lockFile }: FetchRequest,
    readonly failures: readonly unknown[],
  ) {
    const problems = failures.map((failure) => problemOf(failure, name, lockFile));
    super(`the payloads of ${name}`, problems);
  }

  /** The payloads that their sources do not have any more. */
  get gone(): readonly Payload[] {
    return this.failures.flatMap((failure) => (failure instanceof PayloadGoneError ? [failure.payload] : []));
  }
}

/**
 * Every payload of a lock, verified, by its sha256: from the cache, or from its source into the cache.
 * @throws PayloadsError over all that failed.
 */
export async function fetchPayloads(request: FetchRequest): Promise<ReadonlyMap<string, CachedPayload>> {
  const { lock, cache, signal, progress } = request;
  const wanted = new Map<string, Payload>();
  for (const payload of Object.values(lock.platforms).flat()) wanted.set(payload.sha256, payload);
  const found = new Map<string, CachedPayload>();
  const failures: unknown[] = [];
  const queue = [...wanted.values()];
  const work = async (): Promise<void> => {
    for (let payload = queue.shift(); payload !== undefined; payload = queue.shift()) {
      try {
        found.set(payload.sha256, await cache.ensure(payload, kindOf(payload), signal));
        progress?.(found.size, wanted.size);
      } catch (error) {
        signal?.throwIfAborted();
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  if (failures.length > 0) throw new PayloadsError(request, failures);
  return found;
}

function problemOf(failure: unknown, name: string, lockFile: string): Problem {
  const place = { file: lockFile };
  const message = failure instanceof Error ? failure.message : String(failure);
  if (failure instanceof PayloadGoneError) {
    const remedy = `Run \`npx factory lock ${name}\`, read what it prints, and commit the lock.`;
    return { place, message, remedy };
  }
  if (failure instanceof PayloadMismatchError) {
    const remedy = `The archive's file or the lock was changed. Run \`npx factory lock ${name}\` and read what it prints before you commit.`;
    return { place, message, remedy };
  }
  return { place, message, remedy: "Try again when the source answers; what was fetched is kept." };
}
