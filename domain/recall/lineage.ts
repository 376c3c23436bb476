import type { Build } from "../state/types.js";

/**
 * Everything that is recalled, with the recalled digest that it goes back to: what a line names, and all that was ever built on
 * that, at any remove. Linear in the builds and what they stand on.
 */
export function bannedBy(
  recalled: Iterable<string>,
  builds: Iterable<Pick<Build, "digest" | "on" | "materials">>,
): ReadonlyMap<string, string> {
  const dependents = new Map<string, string[]>();
  for (const { digest, on, materials = [] } of builds) {
    for (const base of [...on.map((each) => each.digest), ...materials]) {
      const known = dependents.get(base);
      if (known === undefined) dependents.set(base, [digest]);
      else known.push(digest);
    }
  }
  const banned = new Map<string, string>();
  for (const digest of recalled) banned.set(digest, digest);
  for (const [digest, root] of banned) {
    for (const dependent of dependents.get(digest) ?? []) if (!banned.has(dependent)) banned.set(dependent, root);
  }
  return banned;
}
