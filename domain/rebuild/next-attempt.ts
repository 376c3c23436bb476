import { type KnownAttempt, sameNumbers } from "./built-history.js";
import { Standing } from "./standing.js";
import type { RebuildRules } from "./types.js";

/** How an image stands that is to be rebuilt, and when that ends by itself, in milliseconds; absent where it does not. */
export interface NextAttempt {
  readonly standing: Standing.Ready | Standing.Running | Standing.BackOff | Standing.GaveUp;
  readonly end?: number;
}

/**
 * @param attempts those since the last that succeeded, oldest first
 * @param bases what it is to be built on, as numbers of contents
 * @param now milliseconds since 1970
 */
export function nextAttempt(
  attempts: readonly KnownAttempt[],
  bases: readonly number[],
  { limit, backOffMs, timeoutMs }: RebuildRules,
  now: number,
): NextAttempt {
  let failures = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (const { on, start, end, result } of attempts) {
    if (end === undefined && start + timeoutMs > now) return { standing: Standing.Running, end: start + timeoutMs };
    if (!sameNumbers(on, bases)) continue;
    if (result !== "failed") continue;
    failures += 1;
    last = end ?? start;
  }
  if (failures >= limit) return { standing: Standing.GaveUp };
  const next = last + backOffMs * 2 ** Math.max(0, failures - 1);
  return next <= now ? { standing: Standing.Ready } : { standing: Standing.BackOff, end: next };
}
