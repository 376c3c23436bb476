import { compareDebianVersions } from "./debian-version.js";

/** A heading of a Debian changelog: `glibc (2.41-12+deb13u1) trixie; urgency=medium`. */
const heading = /^\S+ \(([^)]+)\) /;

/**
 * The CVE numbers that a Debian changelog names in its entries newer than version `before`, sorted: what the
 * maintainers say they fixed since.
 */
export function fixedCves(changelog: string, before: string): readonly string[] {
  const found = new Set<string>();
  for (const line of changelog.split("\n")) {
    const version = heading.exec(line)?.[1];
    if (version !== undefined && compareDebianVersions(version, before) <= 0) break;
    for (const [cve] of line.matchAll(/CVE-\d{4}-\d{4,}/g)) found.add(cve);
  }
  return [...found].sort();
}
