import { severities } from "../evidence/types.js";
import { isSame } from "../scan/since.js";
import type { Finding } from "../scan/types.js";
import type { VulnerabilityDifference } from "./types.js";

/** What a scan of each platform found, suppressed findings left out; a platform that nobody has scanned is absent. */
export type Scans = ReadonlyMap<string, readonly Finding[]>;

/** What is found in `left` and not in `right`, on platforms that both have looked at. */
export function onlyIn(left: Scans, right: Scans): readonly VulnerabilityDifference[] {
  const found = new Map<string, { readonly difference: Omit<VulnerabilityDifference, "platforms">; on: string[] }>();
  for (const [platform, findings] of left) {
    const others = right.get(platform);
    if (others === undefined) continue;
    for (const finding of findings) {
      if (others.some((other) => isSame(other, finding))) continue;
      const difference = { id: nameOf(finding), severity: finding.severity, package: finding.package.name };
      const key = JSON.stringify(difference);
      const known = found.get(key);
      if (known === undefined) found.set(key, { difference, on: [platform] });
      else if (!known.on.includes(platform)) known.on.push(platform);
    }
  }
  return [...found.values()]
    .map(({ difference, on }) => ({ ...difference, platforms: on.sort() }))
    .sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity) || (a.id < b.id ? -1 : 1));
}

/** The CVE number where it has one. */
function nameOf({ id, aliases }: Finding): string {
  return [id, ...aliases].find((name) => name.startsWith("CVE-")) ?? id;
}
