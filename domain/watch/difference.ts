import type { Severity as FoundSeverity } from "../evidence/types.js";
import type { Difference, Severity } from "../rebuild/types.js";
import type { SpdxDocument } from "../sbom/spdx.js";
import { isSame } from "../scan/since.js";
import type { Finding } from "../scan/types.js";

/** One platform of a digest: what is in it, and what was found in that. */
export interface PlatformContent {
  readonly platform: string;
  readonly sbom: SpdxDocument;
  readonly findings: readonly Finding[];
  /** The image's configuration without what changes with every build: labels, times, layers. */
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * What a digest fixes against another one, and what else it changes: packages that came, went or changed without fixing
 * anything, flaws that are new, another configuration, other platforms. Files that belong to no package are not seen.
 */
export function differenceOf(
  pair: Pick<Difference, "image" | "from" | "to">,
  before: readonly PlatformContent[],
  after: readonly PlatformContent[],
): Difference {
  const fixed = new Map<string, Severity>();
  const unrelated = new Set<string>();
  for (const platform of new Set([...before, ...after].map((each) => each.platform))) {
    const [old, now] = [before, after].map((each) => each.find((content) => content.platform === platform));
    if (old === undefined || now === undefined) {
      unrelated.add(`platform ${platform}`);
      continue;
    }
    const repaired = old.findings.filter((finding) => !now.findings.some((it) => isSame(it, finding)));
    for (const { id, severity } of repaired) fixed.set(id, severityOf(severity));
    const mended = new Set(repaired.map((finding) => finding.package.name));
    for (const name of changedPackages(old.sbom, now.sbom)) if (!mended.has(name)) unrelated.add(name);
    for (const finding of now.findings) {
      if (!old.findings.some((it) => isSame(it, finding))) unrelated.add(`${finding.id} in ${finding.package.name}`);
    }
    for (const key of changedKeys(old.config, now.config)) unrelated.add(`configuration ${key}`);
  }
  return {
    ...pair,
    fixed: [...fixed].map(([cve, severity]) => ({ cve, severity })).sort((a, b) => (a.cve < b.cve ? -1 : 1)),
    unrelated: [...unrelated].sort(),
  };
}

function changedPackages(before: SpdxDocument, after: SpdxDocument): ReadonlySet<string> {
  const [old, now] = [versionsIn(before), versionsIn(after)];
  const names = new Set([...old.keys(), ...now.keys()]);
  return new Set([...names].filter((name) => old.get(name) !== now.get(name)));
}

/** All versions of each package, but of the image that the document describes itself. */
function versionsIn({ packages, relationships }: SpdxDocument): ReadonlyMap<string, string> {
  const described = relationships.find((each) => each.relationshipType === "DESCRIBES")?.relatedSpdxElement;
  const versions = new Map<string, string[]>();
  for (const { SPDXID, name, versionInfo = "" } of packages) {
    if (SPDXID === described) continue;
    versions.set(name, [...(versions.get(name) ?? []), versionInfo]);
  }
  return new Map([...versions].map(([name, all]) => [name, all.sort().join(" ")]));
}

function changedKeys(before: PlatformContent["config"], after: PlatformContent["config"]): readonly string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
}

function severityOf(severity: FoundSeverity): Severity {
  const known = severity.toUpperCase();
  return known === "CRITICAL" || known === "HIGH" || known === "MEDIUM" ? known : "LOW";
}
