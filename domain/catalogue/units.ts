const durationUnits = [
  ["w", 7 * 24 * 3600],
  ["d", 24 * 3600],
  ["h", 3600],
  ["m", 60],
  ["s", 1],
] as const;

/** Weeks to seconds in falling order, each at most once, or a bare `0`. */
export const durationPattern = /^(?:0|(?=\d)(?:\d{1,6}w)?(?:\d{1,6}d)?(?:\d{1,6}h)?(?:\d{1,6}m)?(?:\d{1,6}s)?)$/;

/** Milliseconds of e.g. `7d` or `1h30m`; `undefined` for other text. */
export function parseDuration(text: string): number | undefined {
  if (!durationPattern.test(text)) return undefined;
  let seconds = 0;
  for (const [unit, factor] of durationUnits) {
    seconds += factor * Number(new RegExp(`(\\d+)${unit}`).exec(text)?.[1] ?? 0);
  }
  return seconds * 1000;
}

/** The shortest text without weeks that `parseDuration` reads as this; parts of a second are dropped. */
export function formatDuration(milliseconds: number): string {
  let rest = Math.floor(milliseconds / 1000);
  let text = "";
  for (const [unit, factor] of durationUnits.slice(1)) {
    const count = Math.floor(rest / factor);
    rest -= count * factor;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === "" ? "0s" : text;
}

const sizeUnits = [
  ["GiB", 2 ** 30],
  ["GB", 1e9],
  ["MiB", 2 ** 20],
  ["MB", 1e6],
  ["KiB", 2 ** 10],
  ["kB", 1e3],
  ["B", 1],
] as const;

/** As many digits as a number can hold exactly. */
export const sizePattern =
  /^(?:\d{1,15}B|\d{1,12}(?:\.\d{1,3})?(?:kB|KiB)|\d{1,9}(?:\.\d{1,3})?(?:MB|MiB)|\d{1,6}(?:\.\d{1,3})?(?:GB|GiB))$/;

/** Bytes of e.g. `900MB` (decimal) or `1.5GiB` (binary); `undefined` for other text. */
export function parseSize(text: string): number | undefined {
  if (!sizePattern.test(text)) return undefined;
  const [, factor] = sizeUnits.find(([unit]) => text.endsWith(unit)) ?? ["B", 1];
  return Math.round(Number.parseFloat(text) * factor);
}

/** The bytes with the largest decimal unit that gives a whole number. */
export function formatSize(bytes: number): string {
  const [unit, factor] = sizeUnits.find(([name, size]) => !name.includes("i") && bytes % size === 0) ?? ["B", 1];
  return bytes === 0 ? "0B" : `${bytes / factor}${unit}`;
}
