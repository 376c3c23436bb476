import type { Platform } from "../catalogue/types.js";
import type { PackagesLock, Payload } from "./types.js";

/** One package of one kind whose versions differ between two locks. Versions are sorted; a package may have several. */
export interface PackageChange {
  readonly kind: Payload["kind"];
  readonly name: string;
  readonly change: "added" | "removed" | "changed";
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** The platforms on which it differs, sorted. */
  readonly platforms: readonly Platform[];
}

type Packages = Pick<PackagesLock, "platforms">;

/**
 * What a relock changes, by kind and name. The same version with other bytes counts as changed too, with equal versions.
 * Platforms whose change is the same are one entry.
 */
export function diffLocks(before: Packages | undefined, after: Packages): readonly PackageChange[] {
  const platforms = [...new Set([...Object.keys(before?.platforms ?? {}), ...Object.keys(after.platforms)])].sort();
  const changes = new Map<string, PackageChange>();
  for (const platform of platforms) {
    for (const change of diffPlatform(before?.platforms[platform] ?? [], after.platforms[platform] ?? [])) {
      const key = JSON.stringify(change);
      changes.set(key, { ...change, platforms: [...(changes.get(key)?.platforms ?? []), platform] });
    }
  }
  return [...changes.values()].sort((a, b) => compare(a.kind, b.kind) || compare(a.name, b.name));
}

function diffPlatform(
  before: readonly Payload[],
  after: readonly Payload[],
): readonly Omit<PackageChange, "platforms">[] {
  const old = byPackage(before);
  const now = byPackage(after);
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((key) => {
    const left = old.get(key) ?? [];
    const right = now.get(key) ?? [];
    const payload = left[0] ?? right[0];
    if (payload === undefined || contents(left) === contents(right)) return [];
    const change = left.length === 0 ? "added" : right.length === 0 ? "removed" : "changed";
    return [
      { kind: payload.kind, name: payload.name, change, before: versions(left), after: versions(right) } as const,
    ];
  });
}

function byPackage(payloads: readonly Payload[]): ReadonlyMap<string, readonly Payload[]> {
  const packages = new Map<string, Payload[]>();
  for (const payload of payloads) {
    const key = `${payload.kind} ${payload.name}`;
    packages.set(key, [...(packages.get(key) ?? []), payload]);
  }
  return packages;
}

function contents(payloads: readonly Payload[]): string {
  return payloads
    .map(({ version, sha256 }) => `${version} ${sha256}`)
    .sort()
    .join();
}

function versions(payloads: readonly Payload[]): readonly string[] {
  return [...new Set(payloads.map(({ version }) => version))].sort();
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The changes as lines: `~ debian libssl3t64 3.5.1-1 -> 3.5.4-1 (linux/amd64): fixes CVE-...`. */
export function formatChanges(
  changes: readonly PackageChange[],
  fixed: ReadonlyMap<string, readonly string[]>,
): string {
  const signs = { added: "+", removed: "-", changed: "~" } as const;
  return changes
    .map(({ kind, name, change, before, after, platforms }) => {
      const version = [before, after].flatMap((list) => (list.length === 0 ? [] : [list.join(", ")])).join(" -> ");
      const cves = fixed.get(name) ?? [];
      const fixes = kind === "debian" && change === "changed" && cves.length > 0 ? `: fixes ${cves.join(", ")}` : "";
      return `${signs[change]} ${kind} ${name} ${version} (${platforms.join(", ")})${fixes}`;
    })
    .join("\n");
}
