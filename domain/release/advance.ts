import { parseVersion, type ReleaseTags, shorterForms, type Version } from "./tags.js";

/**
 * The moving tags that a release may take where these tags exist already. A version leaves `latest` and its shorter forms
 * to newer versions that they cover: after 1.4.0, 1.3.9 takes `1.3` and not `1`. Whatever the order in which versions are
 * released, every tag ends at the newest one that it covers.
 *
 * @param existing all tags of the repository
 */
export function tagsThatAdvance(
  { fixed, moving }: Pick<ReleaseTags, "fixed" | "moving">,
  existing: readonly string[],
): readonly string[] {
  const own = [...fixed, ...moving].flatMap((tag) => parseVersion(tag) ?? [])[0];
  if (own === undefined) return moving;
  const newer = existing.filter((tag) => {
    const version = parseVersion(tag);
    return version?.prefix === own.prefix && compare(version, own) > 0;
  });
  const taken = new Set(newer.flatMap((tag) => ["latest", ...shorterForms(tag)]));
  return moving.filter((tag) => !taken.has(tag));
}

function compare({ numbers: left }: Version, { numbers: right }: Version): number {
  for (const [index, number] of left.entries()) {
    const other = right[index] ?? 0n;
    if (number !== other) return number > other ? 1 : -1;
  }
  return 0;
}
