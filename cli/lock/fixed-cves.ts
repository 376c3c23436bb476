import { gunzipSync } from "node:zlib";
import { fixedCves } from "../../domain/lock/changelog.js";
import type { PackageChange } from "../../domain/lock/diff.js";
import type { PackagesLock } from "../../domain/lock/types.js";
import { readDebianPackage } from "../../provider/pool/debian-package.js";
import type { CachedPayload } from "../../provider/pool/payload-kind.js";

/** The CVE numbers named as fixed in the changelogs of changed Debian packages, by package; packages without any are left out. */
export async function fixedInChangelogs(
  changes: readonly PackageChange[],
  lock: Pick<PackagesLock, "platforms">,
  payloads: ReadonlyMap<string, CachedPayload>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const all = Object.values(lock.platforms).flat();
  const fixed = new Map<string, readonly string[]>();
  for (const { kind, name, change, before } of changes) {
    const [oldest] = before;
    const payload = all.find((candidate) => candidate.kind === kind && candidate.name === name);
    const cached = payloads.get(payload?.sha256 ?? "");
    if (kind !== "debian" || change !== "changed" || oldest === undefined || cached === undefined) continue;
    const cves = fixedCves(await readChangelog(cached.file), oldest);
    if (cves.length > 0) fixed.set(name, [...new Set([...(fixed.get(name) ?? []), ...cves])].sort());
  }
  return fixed;
}

/** A native package's changelog is Debian's own. */
async function readChangelog(file: string): Promise<string> {
  const { entries } = await readDebianPackage(file);
  for (const name of ["changelog.Debian.gz", "changelog.gz"]) {
    const entry = entries.find(
      ({ path, type }) => type === "file" && /^usr\/share\/doc\/[^/]+\//.test(path) && path.endsWith(`/${name}`),
    );
    if (entry?.content instanceof Uint8Array) return gunzipSync(entry.content).toString("utf8");
  }
  return "";
}
