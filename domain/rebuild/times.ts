/** Milliseconds of a time as it stands in a state. */
export function toMs(instant: string): number {
  return Date.parse(instant);
}

/** The time as it stands in a state: ISO 8601, UTC, whole seconds; parts of one are rounded up, so that nothing is early. */
export function toInstant(milliseconds: number): string {
  return `${new Date(Math.ceil(milliseconds / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}
