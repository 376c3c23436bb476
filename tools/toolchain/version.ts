/** Versions that fit: `from` and later, `below` and later not. */
export interface VersionRange {
  readonly from: string;
  readonly below: string;
}

/** Whether a version lies in a range. A pre-release, or what is no version at all, never does; build metadata is ignored. */
export function fits(version: string, range: VersionRange): boolean {
  const parsed = parse(version);
  const [from, below] = [parse(range.from), parse(range.below)];
  if (parsed === undefined || from === undefined || below === undefined) return false;
  return compare(parsed, from) >= 0 && compare(parsed, below) < 0;
}

function parse(version: string): readonly number[] | undefined {
  const match = /^v?(\d+)\.(\d+)\.(\d+)(?:\+.*)?$/.exec(version);
  return match === null ? undefined : match.slice(1).map(Number);
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, part] of a.entries()) {
    const difference = part - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
