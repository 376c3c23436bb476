import type { Cause, Flaw, PackageChange, Part, PlatformFacts, PlatformWhy, ReleaseFacts, WhyRecord } from "./types.js";

/** What is known besides the release itself. */
export interface WhyKnowledge {
  readonly before?: ReleaseFacts;
  /** Releases that it and what it stands on were built on, and what those had before: by digest. */
  readonly releases: ReadonlyMap<string, ReleaseFacts>;
  /** Why a watched image was adopted, by digest, as its state has it. */
  readonly adoptions: ReadonlyMap<string, string>;
}

/** Why a release is there, and what it changed: everything split into what came with its bases and what is its own. */
export function whyOf(release: ReleaseFacts, knowledge: WhyKnowledge): WhyRecord {
  const { before } = knowledge;
  return {
    image: release.image,
    digest: release.digest,
    ...(release.releasedAt === undefined ? {} : { releasedAt: release.releasedAt }),
    ...(before === undefined ? {} : { before: before.digest }),
    causes: causesOf(release, before, knowledge, new Set()),
    platforms: release.platforms.map((platform) => platformOf(platform, release, knowledge)),
  };
}

function causesOf(
  release: ReleaseFacts,
  before: ReleaseFacts | undefined,
  knowledge: WhyKnowledge,
  told: Set<string>,
): readonly Cause[] {
  const { image } = release;
  if (told.has(release.digest)) return [];
  told.add(release.digest);
  if (before === undefined) return [{ image, reason: "this is the first release of it that is known." }];
  const causes: Cause[] = [];
  const further: Cause[] = [];
  for (const [name, digest] of release.bases) {
    const from = before.bases.get(name);
    if (from === digest) continue;
    causes.push({ image, reason: `${name} changed ${from === undefined ? "" : `from ${from} `}to ${digest}.` });
    const adopted = knowledge.adoptions.get(digest);
    if (adopted !== undefined) further.push({ image: name, reason: adopted });
    const base = knowledge.releases.get(digest);
    const earlier = from === undefined ? undefined : knowledge.releases.get(from);
    if (base !== undefined && earlier !== undefined) further.push(...causesOf(base, earlier, knowledge, told));
  }
  for (const name of before.bases.keys()) {
    if (!release.bases.has(name)) causes.push({ image, reason: `it stands on ${name} no longer.` });
  }
  if (release.revision !== before.revision) {
    const [from, to] = [before.revision, release.revision].map((commit) => commit.slice(0, 12) || "uncommitted files");
    causes.push({ image, reason: `its own files changed, from ${from} to ${to}.` });
  }
  if (causes.length > 0) return [...causes, ...further];
  return [{ image, reason: "nothing that it is made from changed: its settings did, or what was not committed." }];
}

function platformOf(now: PlatformFacts, release: ReleaseFacts, { before, releases }: WhyKnowledge): PlatformWhy {
  const same = (facts: ReleaseFacts | undefined) => facts?.platforms.find(({ platform }) => platform === now.platform);
  const earlier = same(before);
  const basesOf = (of: ReleaseFacts | undefined) =>
    [...(of?.bases.values() ?? [])].flatMap((digest) => same(releases.get(digest)) ?? []);
  const current = split(now, basesOf(release));
  const past = earlier && split(earlier, basesOf(before));
  return {
    platform: now.platform,
    base: partOf(current.base, past?.base),
    own: partOf(current.own, past?.own),
    flaws: flawsOf(now, earlier),
  };
}

interface Half {
  readonly layers: PlatformFacts["layers"];
  readonly packages: PlatformFacts["packages"];
}

/** A layer or a package of a version that one of the bases has comes with it. */
function split(now: PlatformFacts, bases: readonly PlatformFacts[]): { readonly base: Half; readonly own: Half } {
  const layers = new Set(bases.flatMap((base) => base.layers.map(({ digest }) => digest)));
  const inherited = new Map<string, readonly string[]>();
  const own = new Map<string, readonly string[]>();
  for (const [name, versions] of now.packages) {
    const has = (version: string) => bases.some(({ packages }) => packages.get(name)?.includes(version));
    const [from, added] = [versions.filter(has), versions.filter((version) => !has(version))];
    if (from.length > 0) inherited.set(name, from);
    if (added.length > 0) own.set(name, added);
  }
  const isInherited = ({ digest }: { readonly digest: string }) => layers.has(digest);
  return {
    base: { layers: now.layers.filter(isInherited), packages: inherited },
    own: { layers: now.layers.filter((layer) => !isInherited(layer)), packages: own },
  };
}

function partOf({ layers, packages }: Half, before: Half | undefined): Part {
  const size = sizeOf(layers);
  return {
    size,
    ...(before === undefined ? {} : { growth: size - sizeOf(before.layers) }),
    layers: layers.length,
    packages: packages.size,
    changes: before === undefined ? [] : packageChanges(before.packages, packages),
  };
}

function sizeOf(layers: Half["layers"]): number {
  return layers.reduce((sum, { size }) => sum + size, 0);
}

function packageChanges(before: Half["packages"], after: Half["packages"]): readonly PackageChange[] {
  const changes: PackageChange[] = [];
  for (const name of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const [left, right] = [before.get(name) ?? [], after.get(name) ?? []];
    if (left.join("\n") !== right.join("\n")) changes.push({ name, before: left, after: right });
  }
  return changes;
}

function flawsOf(now: PlatformFacts, before: PlatformFacts | undefined): PlatformWhy["flaws"] {
  const [left, right] = [before?.flaws, now.flaws];
  if (left === undefined || right === undefined) return { known: false, fixed: [], new: [] };
  const missing = (from: ReadonlyMap<string, Flaw>, other: ReadonlyMap<string, Flaw>) =>
    [...from.values()].filter(({ id }) => !other.has(id)).sort((a, b) => (a.id < b.id ? -1 : 1));
  return { known: true, fixed: missing(left, right), new: missing(right, left) };
}
