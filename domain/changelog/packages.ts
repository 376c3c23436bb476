import type { SpdxDocument, SpdxPackage } from "../sbom/spdx.js";
import type { PackageDifference } from "./types.js";

/** SBOMs of an image by platform. */
export type Sboms = ReadonlyMap<string, SpdxDocument>;

type Found = Omit<PackageDifference, "platforms" | "fixes">;

/** What differs between two releases, by kind and name. Platforms whose change is the same are one entry. */
export function packageDifferences(before: Sboms, after: Sboms): readonly Omit<PackageDifference, "fixes">[] {
  const found = new Map<string, { readonly change: Found; readonly platforms: string[] }>();
  for (const platform of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    for (const change of onPlatform(versionsIn(before.get(platform)), versionsIn(after.get(platform)))) {
      const key = JSON.stringify(change);
      const known = found.get(key);
      if (known === undefined) found.set(key, { change, platforms: [platform] });
      else known.platforms.push(platform);
    }
  }
  return [...found.values()]
    .map(({ change, platforms }) => ({ ...change, platforms }))
    .sort((left, right) => compare(left.kind, right.kind) || compare(left.name, right.name));
}

function onPlatform(before: Versions, after: Versions): readonly Found[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const [old = [], now = []] = [before.get(key), after.get(key)];
    if (old.join() === now.join()) return [];
    const [kind = "", name = ""] = key.split("\0");
    const change = old.length === 0 ? "added" : now.length === 0 ? "removed" : "changed";
    return [{ kind, name, change, before: old, after: now } as const];
  });
}

/** Sorted versions by kind and name. */
type Versions = ReadonlyMap<string, readonly string[]>;

function versionsIn(document: SpdxDocument | undefined): Versions {
  const versions = new Map<string, readonly string[]>();
  for (const each of document?.packages ?? []) {
    const kind = kindOf(each);
    // The image itself, whose version is its digest, and what syft cannot name.
    if (kind === undefined || kind === "oci") continue;
    const key = `${kind}\0${each.name}`;
    const version = each.versionInfo ?? "";
    versions.set(key, [...new Set([...(versions.get(key) ?? []), version])].sort(compare));
  }
  return versions;
}

function kindOf({ externalRefs = [] }: SpdxPackage): string | undefined {
  const purl = externalRefs.find(({ referenceType }) => referenceType === "purl")?.referenceLocator;
  return /^pkg:([^/]+)\//.exec(purl ?? "")?.[1];
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
