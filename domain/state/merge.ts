import { observe } from "./transitions.js";
import type { ImageState } from "./types.js";

/**
 * Two histories of one image that grew apart, as one: every entry of either is in it, once. Where only one of the two can be
 * true (configuration, and what is adopted), the first one's holds.
 */
export function mergeHistories(state: ImageState, other: ImageState): ImageState {
  const seen = other.ledger.reduce(observe, state);
  return {
    ...seen,
    ...optional(
      "again",
      union(seen.again, other.again, (entry) => entry.seen),
    ),
    ...optional(
      "rejected",
      union(seen.rejected, other.rejected, ({ at }) => at),
    ),
    ...optional(
      "builds",
      union(seen.builds, other.builds, ({ at }) => at),
    ),
    ...optional(
      "lifecycle",
      union(seen.lifecycle, other.lifecycle, ({ at }) => at),
    ),
    updates: union(seen.updates, other.updates, ({ at }) => at) ?? [],
    attempts: union(seen.attempts, other.attempts, ({ start }) => start) ?? [],
  };
}

/** By time, in the order of the first where times are equal. */
function union<T extends object>(
  first: readonly T[] | undefined,
  second: readonly T[] | undefined,
  timeOf: (entry: T) => string,
): readonly T[] | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  const known = new Set(first.map((entry) => JSON.stringify(entry)));
  const added = second.filter((entry) => !known.has(JSON.stringify(entry)));
  if (added.length === 0) return first;
  return [...first, ...added].sort((left, right) =>
    timeOf(left) < timeOf(right) ? -1 : timeOf(left) === timeOf(right) ? 0 : 1,
  );
}

function optional<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: T });
}
