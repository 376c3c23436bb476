/** Milliseconds of a time as it stands in a state. */
export function toMs(instant: string): number {
  return Date.parse(instant);
}

/** The last second that was written: what happens at once is written many times. */
let last = { seconds: Number.NaN, instant: "" };

/** The time as it stands in a state: ISO 8601, UTC, whole seconds; parts of one are rounded up, so that nothing is early. */
export function toInstant(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds !== last.seconds) {
    last = { seconds, instant: `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z` };
  }
  return last.instant;
}
