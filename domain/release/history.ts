/**
 * The history of a moving tag: for each release that it moved to, a tag of its own, which never moves. The order stands in
 * the registry, where it outlives the engine's state and the machine, and needs no reading and writing back.
 */
export interface HistoryTag {
  /** Milliseconds since 1970. Only its order counts. */
  readonly time: number;
  /** The tag that moved, e.g. `latest`. */
  readonly head: string;
}

/** `r-20261121T124200123Z-latest` */
export function formatHistoryTag({ time, head }: HistoryTag): string {
  return `r-${new Date(time).toISOString().replace(/[-:.]/g, "")}-${head}`;
}

/** @returns undefined for any other tag */
export function parseHistoryTag(tag: string): HistoryTag | undefined {
  const match = /^r-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-(.+)$/.exec(tag);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second, millisecond, head = ""] = match.slice(1);
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${millisecond}Z`);
  return Number.isNaN(time) ? undefined : { time, head };
}

/** The history of a tag, newest first. */
export function historyOf(head: string, existing: readonly string[]): readonly string[] {
  return existing
    .filter((tag) => parseHistoryTag(tag)?.head === head)
    .sort()
    .reverse();
}

/** The next entry: later than all there are, whatever the clocks of the machines that release. */
export function nextHistoryTag(head: string, existing: readonly string[], now: number): string {
  const newest = historyOf(head, existing)[0];
  const last = newest === undefined ? undefined : parseHistoryTag(newest)?.time;
  return formatHistoryTag({ time: Math.max(now, (last ?? -1) + 1), head });
}
