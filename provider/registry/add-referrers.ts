import { type BundleLabel, labelIn, labelOf } from "./bundle-manifest.js";
import type { RegistryClient } from "./client.js";
import { type Descriptor, jsonContent, mediaTypes } from "./descriptor.js";
import { withMachineLock } from "./machine-lock.js";
import { fallbackTag, isBundle, readBundleIfSound, readFallbackIndex } from "./referrers.js";
import { RegistryError } from "./registry-error.js";
import { withRetries } from "./transport.js";

/** How often the fallback tag is written before we give up against somebody who keeps overwriting it. */
const attempts = 8;

/**
 * Makes manifests that lie in `repository` known as the referrers of `subject`. They replace older bundles of the same
 * predicate type by the same key; everything else stays. Where all is so already, nothing is written.
 *
 * @param additions with artifact type and annotations
 */
export async function addReferrers(
  client: RegistryClient,
  repository: string,
  subject: string,
  additions: readonly Descriptor[],
  signal?: AbortSignal,
): Promise<void> {
  if (additions.length === 0) return;
  const labels = new Labels(client, repository, signal);
  if ((await client.getReferrers(repository, subject, signal)) === undefined) {
    const lock = `${repository}@${subject}`;
    await withMachineLock(lock, () => writeFallbackTag(client, repository, subject, additions, labels, signal), signal);
  } else {
    await withRetries(() => awaitListing(client, repository, subject, additions, labels, signal), signal);
  }
}

/** The registry keeps the list by itself; what is outdated is deleted where it allows that. */
async function awaitListing(
  client: RegistryClient,
  repository: string,
  subject: string,
  additions: readonly Descriptor[],
  labels: Labels,
  signal: AbortSignal | undefined,
): Promise<void> {
  const listed = (await client.getReferrers(repository, subject, signal)) ?? [];
  if (!includesAll(listed, additions)) {
    const asked = { repository, what: `the referrers of ${subject}`, action: "pushed" } as const;
    throw new RegistryError(asked, { came: "the registry took them, but does not list them", passing: true });
  }
  for (const { digest } of await labels.outdated(listed, additions)) {
    await client.deleteManifest(repository, digest, signal);
  }
}

/**
 * The tag is read, changed and written with no help of the registry against lost updates. Who does it here waits for
 * the others on this machine; a write of anybody else in between shows when the tag is read again.
 */
async function writeFallbackTag(
  client: RegistryClient,
  repository: string,
  subject: string,
  additions: readonly Descriptor[],
  labels: Labels,
  signal: AbortSignal | undefined,
): Promise<void> {
  // What was there once and that we did not replace belongs there: others lose updates as well.
  const known = new Map<string, Descriptor>();
  const gone = new Set<string>();
  for (let attempt = 0; attempt <= attempts; attempt++) {
    const index = await readFallbackIndex(client, repository, subject, signal);
    const listed = index?.manifests ?? [];
    for (const entry of listed) known.set(entry.digest, entry);
    for (const { digest } of await labels.outdated([...known.values()], additions)) known.delete(digest);
    for (const digest of gone) known.delete(digest);
    for (const entry of additions) known.set(entry.digest, entry);
    if (listed.length === known.size && includesAll(listed, [...known.values()])) return;
    const manifests = [...known.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1));
    const content = jsonContent(mediaTypes.index, {
      ...(index ?? { schemaVersion: 2, mediaType: mediaTypes.index }),
      manifests,
    });
    if (attempt === attempts) break;
    try {
      await client.putManifest(repository, content, fallbackTag(subject), signal);
    } catch (error) {
      // A registry takes no index of which something was deleted.
      const lost = isRefusal(error) ? await goneOf(client, repository, listed, signal) : [];
      if (lost.every((digest) => gone.has(digest))) throw error;
      for (const digest of lost) gone.add(digest);
    }
  }
  const asked = { repository, what: `the tag ${fallbackTag(subject)}`, action: "pushed" } as const;
  const came = `somebody else overwrote it ${attempts} times`;
  const remedy = "Wait until nobody else attaches to this image, and run the command again.";
  throw new RegistryError(asked, { came, remedy, passing: true });
}

function isRefusal(error: unknown): boolean {
  return error instanceof RegistryError && (error.status === 400 || error.status === 404);
}

/** Digests of what is listed, and not there any more. */
async function goneOf(
  client: RegistryClient,
  repository: string,
  listed: readonly Descriptor[],
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const found = await Promise.all(listed.map(({ digest }) => client.headManifest(repository, digest, signal)));
  return listed.flatMap(({ digest }, index) => (found[index] === undefined ? [digest] : []));
}

/** Tells which bundles say the same thing by the same key; those that our annotations do not describe are read once. */
class Labels {
  private readonly found = new Map<string, BundleLabel | undefined>();

  constructor(
    private readonly client: RegistryClient,
    private readonly repository: string,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** Those of `listed` that `additions` take the place of. */
  async outdated(listed: readonly Descriptor[], additions: readonly Descriptor[]): Promise<readonly Descriptor[]> {
    const added = new Set(additions.map(({ digest }) => digest));
    const replaced = new Set(await Promise.all(additions.filter(isBundle).map((entry) => this.key(entry))));
    const older = listed.filter((entry) => isBundle(entry) && !added.has(entry.digest));
    const keys = await Promise.all(older.map((entry) => this.key(entry)));
    return older.filter((_, index) => keys[index] !== undefined && replaced.has(keys[index]));
  }

  private async key(entry: Descriptor): Promise<string | undefined> {
    const label = labelIn(entry.annotations ?? {}) ?? (await this.read(entry.digest));
    return label === undefined || label.key === "" ? undefined : JSON.stringify(label);
  }

  /** A bundle that is damaged or gone is somebody else's, and stays. */
  private async read(digest: string): Promise<BundleLabel | undefined> {
    if (!this.found.has(digest)) {
      const bytes = await readBundleIfSound(this.client, this.repository, digest, this.signal);
      this.found.set(digest, bytes === undefined ? undefined : labelOf(bytes));
    }
    return this.found.get(digest);
  }
}

function includesAll(listed: readonly Descriptor[], wanted: readonly Descriptor[]): boolean {
  const digests = new Set(listed.map(({ digest }) => digest));
  return wanted.every(({ digest }) => digests.has(digest));
}
