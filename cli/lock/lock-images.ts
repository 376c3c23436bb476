import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { loadCatalogue } from "../../domain/catalogue/load.js";
import type { Platform } from "../../domain/catalogue/types.js";
import { diffLocks, type PackageChange } from "../../domain/lock/diff.js";
import { loadLockSources, overlayFile } from "../../domain/lock/load-sources.js";
import { renderLock } from "../../domain/lock/render.js";
import { expectedRequest, type LockSource, orderSources, parentsOf } from "../../domain/lock/sources.js";
import type { PackagesLock, Payload } from "../../domain/lock/types.js";
import { ProblemsError } from "../../domain/problems.js";
import { didYouMean } from "../../domain/suggest.js";
import { composePool } from "../../provider/pool/compose.js";
import { fetchPayloads } from "../../provider/pool/fetch-payloads.js";
import type { PayloadCache } from "../../provider/pool/payload-cache.js";
import { fixedInChangelogs } from "./fixed-cves.js";
import { resolvers } from "./resolvers.js";

export interface LockOptions {
  /** Folders to lock; what extends one of them follows where the lock changed. Empty: all. */
  readonly names: readonly string[];
  /** Writes to `.factory/locks/` instead of beside `packages.yaml`. */
  readonly overlay: boolean;
  readonly cache: PayloadCache;
  readonly progress: (line: string) => void;
}

/** One lock that was made. */
export interface LockResult {
  readonly name: string;
  /** The file written, relative to the root. */
  readonly file: string;
  readonly lock: PackagesLock;
  readonly changes: readonly PackageChange[];
  /** CVE numbers that the changelogs of changed Debian packages name as fixed, by package. */
  readonly fixed: ReadonlyMap<string, readonly string[]>;
}

/**
 * Resolves, fetches and composes the locks of folders with a `packages.yaml`, parents first, and writes each as soon as it is complete.
 * @throws ProblemsError for what stands wrong in the files, or cannot be resolved or fetched.
 */
export async function lockImages(root: string, options: LockOptions): Promise<readonly LockResult[]> {
  const { value: loaded, problems } = await loadLockSources(root, options.overlay);
  // An unreadable lock is what locking repairs; every other problem stands in the way.
  const { ordered, problems: parentProblems } = orderSources(loaded);
  const blocking = [...problems.filter(({ place }) => !place.file.endsWith(".lock.json")), ...parentProblems];
  if (blocking.length > 0) throw new ProblemsError("the package lists", blocking);
  refuseUnknown(options.names, ordered);

  const platformsOf = await platformReader(root);
  const scratch = await mkdtemp(path.join(tmpdir(), "factory-lock-"));
  try {
    return await lockInOrder(root, ordered, platformsOf, { ...options, scratch });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

interface LockRun extends LockOptions {
  readonly scratch: string;
}

async function lockInOrder(
  root: string,
  ordered: readonly LockSource[],
  platformsOf: (name: string) => readonly Platform[],
  options: LockRun,
): Promise<readonly LockResult[]> {
  const sources = [...ordered];
  const results: LockResult[] = [];
  for (const [index, source] of sources.entries()) {
    const parent = parentsOf(source, sources)[0];
    const follows = results.some(({ name, changes }) => name === parent?.name && changes.length > 0);
    if (options.names.length > 0 && !options.names.includes(source.name) && !follows) continue;
    const result = await lockOne(root, source, sources, platformsOf(source.name), options);
    results.push(result);
    sources[index] = { ...source, lock: result.lock, lockFile: result.file };
  }
  return results;
}

async function lockOne(
  root: string,
  source: LockSource,
  sources: readonly LockSource[],
  platforms: readonly Platform[],
  { overlay, cache, scratch, progress: report }: LockRun,
): Promise<LockResult> {
  const { name, file, request, document } = source;
  const progress = (line: string): void => report(`${name}: ${line}`);
  const parents = parentsOf(source, sources).map((parent) => {
    if (parent.lock !== undefined) return parent.lock;
    const message = `extends "${parent.name}", which has no lock yet.`;
    const remedy = `Run \`npx factory lock ${parent.name} ${name}\`.`;
    throw new ProblemsError("the package lists", [{ place: { file }, message, remedy }]);
  });
  const found: Record<Platform, Payload[]> = Object.fromEntries(platforms.map((platform) => [platform, []]));
  for (const resolver of resolvers) {
    if (!resolver.wants(request)) continue;
    const resolved = await resolver.resolve({
      root,
      file,
      request,
      document,
      platforms,
      parents,
      cache,
      scratch,
      progress,
    });
    for (const platform of platforms) found[platform]?.push(...(resolved[platform] ?? []));
  }
  const draft = { request: expectedRequest(source, sources), platforms: found };
  const payloads = await fetchPayloads({
    name,
    lock: draft,
    lockFile: file,
    cache,
    progress: (done, of) => progress(`payload ${done} of ${of}`),
  });
  progress("composing the pool image");
  const digest = await composePool({ name, lock: draft, payloads });
  const lock: PackagesLock = { schema: 1, ...draft, pool: { digest } };

  const target = overlay ? overlayFile(name) : `${source.directory}/packages.lock.json`;
  const changes = diffLocks(source.lock, lock);
  const fixed = await fixedInChangelogs(changes, lock, payloads);
  await replaceFile(path.join(root, target), renderLock(lock));
  return { name, file: target, lock, changes, fixed };
}

function refuseUnknown(names: readonly string[], sources: readonly LockSource[]): void {
  const known = sources.map(({ name }) => name).sort();
  const problems = names
    .filter((name) => !known.includes(name))
    .map((name) => ({
      place: { file: "bases" },
      message: `there is no packages.yaml of "${name}".`,
      remedy: `${didYouMean(name, known)}Folders with one: ${known.join(", ") || "none"}.`,
    }));
  if (problems.length > 0) throw new ProblemsError("the names to lock", problems);
}

/** The platforms of an image as its `image.yaml` says; problems of the catalogue are other commands' business (a missing lock is one). */
async function platformReader(root: string): Promise<(name: string) => readonly Platform[]> {
  const { value: catalogue } = await loadCatalogue(root);
  return (name) => catalogue.images.find((image) => image.name === name)?.platforms ?? catalogue.defaults.platforms;
}

/** Writes a file at once; one that has these bytes already keeps its time. */
async function replaceFile(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  if ((await readFile(file, "utf8").catch(() => undefined)) === text) return;
  const partial = `${file}.${process.pid}.partial`;
  await writeFile(partial, text);
  await rename(partial, file);
}
