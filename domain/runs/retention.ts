import { startOfRun } from "./record.js";

export const RETENTION_DAYS = 90;

/**
 * Runs that nobody has to keep any more: by the time in their own id, not by when their files were written.
 *
 * @param names of what lies in the folder; what is no run's is left alone
 * @param now milliseconds since 1970
 */
export function expiredRuns(names: readonly string[], now: number): readonly string[] {
  const oldest = now - RETENTION_DAYS * 24 * 3_600_000;
  return names.filter((name) => (startOfRun(name) ?? Number.POSITIVE_INFINITY) < oldest);
}
