import { labelIn } from "./bundle-manifest.js";
import type { RegistryClient } from "./client.js";
import { type Descriptor, type Manifest, mediaTypes } from "./descriptor.js";
import { RegistryError } from "./registry-error.js";

/** A bundle that is attached to a digest. */
export interface AttachedBundle {
  /** Of the manifest that attaches it. */
  readonly digest: string;
  readonly bytes: Buffer;
}

/** What names `digest` as its subject: by the referrers API, or by the fallback tag where a registry has none. */
export async function listReferrers(
  client: RegistryClient,
  repository: string,
  digest: string,
  signal?: AbortSignal,
): Promise<readonly Descriptor[]> {
  const listed = await client.getReferrers(repository, digest, signal);
  return listed ?? (await readFallbackIndex(client, repository, digest, signal))?.manifests ?? [];
}

/** Every sigstore bundle that is attached to `digest`, whoever signed it. One that is gone or damaged is left out. */
export async function readBundles(
  client: RegistryClient,
  repository: string,
  digest: string,
  signal?: AbortSignal,
): Promise<readonly AttachedBundle[]> {
  const entries = (await listReferrers(client, repository, digest, signal)).filter(isBundle);
  const found = await Promise.all(
    entries.map(async (entry) => {
      const bytes = await readBundleIfSound(client, repository, entry.digest, signal);
      return bytes === undefined ? [] : [{ digest: entry.digest, bytes }];
    }),
  );
  return found.flat();
}

/** The same as {@link readBundle}; undefined where what is listed is gone or damaged. */
export async function readBundleIfSound(
  client: RegistryClient,
  repository: string,
  digest: string,
  signal?: AbortSignal,
): Promise<Buffer | undefined> {
  try {
    return await readBundle(client, repository, digest, signal);
  } catch (error) {
    if (error instanceof RegistryError && (error.notFound || error.status === undefined) && !error.passing) {
      return undefined;
    }
    throw error;
  }
}

/** The bundle that the manifest `digest` attaches to its subject. */
export async function readBundle(
  client: RegistryClient,
  repository: string,
  digest: string,
  signal?: AbortSignal,
): Promise<Buffer> {
  const { layers = [] } = (await client.getManifest(repository, digest, signal)).manifest;
  const [layer] = layers;
  if (layer !== undefined && layers.length === 1) return client.getBlob(repository, layer.digest, signal);
  const asked = { repository, what: `the bundle of the manifest ${digest}`, action: "read" } as const;
  throw new RegistryError(asked, { came: `it has ${layers.length} layers instead of one`, passing: false });
}

/** Whether an entry of a list of referrers attaches a bundle. */
export function isBundle({ artifactType, annotations }: Descriptor): boolean {
  // Registries that do not know artifactType yet list the configuration's type in its place, which is "empty".
  return artifactType === mediaTypes.bundle || labelIn(annotations ?? {}) !== undefined;
}

/** The tag that holds the referrers of a digest where there is no API (distribution-spec, "Referrers Tag Schema"). */
export function fallbackTag(digest: string): string {
  return digest.replace(":", "-");
}

export async function readFallbackIndex(
  client: RegistryClient,
  repository: string,
  digest: string,
  signal?: AbortSignal,
): Promise<Manifest | undefined> {
  try {
    return (await client.getManifest(repository, fallbackTag(digest), signal)).manifest;
  } catch (error) {
    if (error instanceof RegistryError && error.notFound) return undefined;
    throw error;
  }
}
