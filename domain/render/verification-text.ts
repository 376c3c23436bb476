import { nameOfCheck } from "../verification/format.js";
import type { ChainLink, Verification } from "../verification/types.js";

/**
 * Every check with what came of it, and the tree of what the image was made from.
 *
 * @param lockFiles the lock that foretells a pool image, by the pool's digest
 */
export function renderVerification(verification: Verification, lockFiles: ReadonlyMap<string, string>): string {
  const { repository, digest, checks, chain } = verification;
  const width = Math.max(...checks.map((check) => nameOfCheck(check).length));
  const lines = [`${repository}@${digest}`];
  for (const check of checks) {
    const name = nameOfCheck(check).padEnd(width);
    if (check.failures.length === 0) lines.push(`  ok      ${name}  ${check.detail}`);
    for (const { finding, remedy } of check.failures) {
      lines.push(`  FAILED  ${name}  ${finding}`, `          ${" ".repeat(width)}  ${remedy}`);
    }
  }
  if (chain !== undefined) lines.push("", "made from", ...materialLines(chain, lockFiles, "  ", new Set()));
  return `${lines.join("\n")}\n`;
}

/** What stands below several things is listed below the first; `...` says that it is above. */
function materialLines(
  { materials }: ChainLink,
  lockFiles: ReadonlyMap<string, string>,
  indent: string,
  shown: Set<string>,
): readonly string[] {
  return materials.flatMap((material, index) => {
    const isLast = index === materials.length - 1;
    const repeated = shown.has(material.reference) && material.materials.length > 0;
    shown.add(material.reference);
    const line = `${indent}${isLast ? "└─ " : "├─ "}${describe(material, lockFiles)}${repeated ? " ..." : ""}`;
    const below = `${indent}${isLast ? "   " : "│  "}`;
    return [line, ...(repeated ? [] : materialLines(material, lockFiles, below, shown))];
  });
}

function describe(link: ChainLink, lockFiles: ReadonlyMap<string, string>): string {
  const { kind, reference, digest, origin, lock, gap } = link;
  if (gap !== undefined) return `${reference}: ${gap}`;
  switch (kind) {
    case "image":
      return origin === undefined ? reference : `${reference}, by ${origin.builder}`;
    case "pool": {
      const file = lockFiles.get(digest);
      const other = lock === undefined ? "a lock that nobody knows" : `an earlier lock (request ${lock})`;
      return `${reference}, packages of ${file ?? other}`;
    }
    case "source":
      return `${reference}@${digest}`;
    case "external":
      return `${reference}, made by others`;
  }
}
