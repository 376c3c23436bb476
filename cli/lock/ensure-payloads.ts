import { rm } from "node:fs/promises";
import path from "node:path";
import { loadLockSources, overlayFile } from "../../domain/lock/load-sources.js";
import { expectedRequest, type LockSource, orderSources } from "../../domain/lock/sources.js";
import { ProblemsError } from "../../domain/problems.js";
import { fetchPayloads, PayloadsError } from "../../provider/pool/fetch-payloads.js";
import type { PayloadCache } from "../../provider/pool/payload-cache.js";
import { poolReference } from "../../provider/pool/publish-pool.js";
import { digestOf } from "../../provider/registry/crane.js";
import { type LockResult, lockImages } from "./lock-images.js";

export interface EnsureOptions {
  /** Registry in which a pool image may be already. */
  readonly registry: string;
  /** The pool images that will be needed: a lock whose image is left out fetches nothing. */
  readonly pools: readonly string[];
  readonly cache: PayloadCache;
  readonly progress: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * For `local` only: makes sure that the pool image of every lock that is needed is in the registry or can be
 * composed. Where a payload is gone from archive, cache and registry, the folder is locked anew into the ignored overlay
 * `.factory/locks/`, with all that extends it; an overlay that is no longer needed is removed.
 * @returns the overlays that were made, each with what it changes.
 * @throws ProblemsError for payloads that cannot be had for another reason.
 */
export async function ensurePayloads(root: string, options: EnsureOptions): Promise<readonly LockResult[]> {
  const { value: sources, problems } = await loadLockSources(root, false);
  if (problems.length > 0) throw new ProblemsError("the package lists", problems);
  const gone: string[] = [];
  const needed = sources.filter(({ name }) => options.pools.includes(name));
  for (const source of await missingPools(needed, options)) {
    if (!(await obtainable(source, options))) gone.push(source.name);
  }
  // Whatever stands on a base that is locked anew is locked anew with it; all other overlays have served.
  const kept = new Set(gone);
  for (const source of orderSources(sources).ordered) if (kept.has(source.request.extends ?? "")) kept.add(source.name);
  await Promise.all(
    sources
      .filter(({ name }) => !kept.has(name))
      .map(({ name }) => rm(path.join(root, overlayFile(name)), { force: true })),
  );
  const names = await withoutWorkingOverlays(root, gone, options);
  return names.length === 0 ? [] : lockImages(root, { ...options, names, overlay: true });
}

/** The sources whose pool image is not in the registry. */
async function missingPools(
  sources: readonly LockSource[],
  { registry, signal }: EnsureOptions,
): Promise<readonly LockSource[]> {
  const found = await Promise.all(
    sources.map(async ({ name, lock }) =>
      lock === undefined ? undefined : digestOf(poolReference(registry, name, lock.pool.digest), signal),
    ),
  );
  return sources.filter(({ lock }, index) => lock !== undefined && found[index] === undefined);
}

/** Fetches the payloads of a source's lock; false where one is gone. */
async function obtainable(source: LockSource, { cache, progress, signal }: EnsureOptions): Promise<boolean> {
  const { name, lock, lockFile } = source;
  if (lock === undefined) return true;
  try {
    await fetchPayloads({
      name,
      lock,
      lockFile,
      cache,
      progress: (done, of) => progress(`${name}: payload ${done} of ${of}`),
      ...(signal === undefined ? {} : { signal }),
    });
    return true;
  } catch (error) {
    if (!(error instanceof PayloadsError) || error.gone.length < error.failures.length) throw error;
    return false;
  }
}

/** Leaves out the names whose overlay of an earlier run can still be had. */
async function withoutWorkingOverlays(
  root: string,
  names: readonly string[],
  options: EnsureOptions,
): Promise<readonly string[]> {
  const { value: overlaid } = await loadLockSources(root, true);
  const needed: string[] = [];
  for (const name of names) {
    const source = overlaid.find((candidate) => candidate.name === name);
    const isOverlay = source?.lock !== undefined && source.lockFile === overlayFile(name);
    if (isOverlay && source.lock?.request === expectedRequest(source, overlaid)) {
      const [missing] = await missingPools([source], options);
      if (missing === undefined || (await obtainable(source, options))) continue;
    }
    needed.push(name);
  }
  return needed;
}
