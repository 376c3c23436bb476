import { type LockSource, orderSources, staleLocks } from "../lock/sources.js";
import type { Checked, Problem } from "../problems.js";
import type { PoolLockSummary } from "./types.js";

/** What the plan needs of each lock, by folder (`bases/debian`), and what is wrong with any of them. */
export function summariseLocks(
  found: readonly Checked<LockSource | undefined>[],
): Checked<ReadonlyMap<string, PoolLockSummary>> {
  const sources = found.flatMap(({ value }) => value ?? []);
  const summaries = new Map<string, PoolLockSummary>();
  for (const { directory, lockFile, lock } of sources) {
    if (lock === undefined) continue;
    const overlay = lockFile !== `${directory}/packages.lock.json`;
    summaries.set(directory, { file: lockFile, poolDigest: lock.pool.digest, overlay });
  }
  return { value: summaries, problems: [...found.flatMap(({ problems }) => problems), ...between(found, sources)] };
}

/** Locks that do not fit their request or their parent. Where a request is not understood, nothing can be said of its children. */
function between(
  found: readonly Checked<LockSource | undefined>[],
  sources: readonly LockSource[],
): readonly Problem[] {
  if (sources.length < found.length) return [];
  // A lock that could not be read has been reported: it is neither missing nor out of date.
  const unsound = new Set(found.flatMap(({ value, problems }) => (problems.length > 0 && value ? value.file : [])));
  const stale = staleLocks(sources).filter(({ place }) => !unsound.has(place.file));
  return [...orderSources(sources).problems, ...stale];
}
