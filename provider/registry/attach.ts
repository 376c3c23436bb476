import { addReferrers } from "./add-referrers.js";
import { allEnded } from "./all-ended.js";
import { type BundleManifest, bundleManifest, emptyConfig } from "./bundle-manifest.js";
import type { RegistryClient } from "./client.js";
import { mediaTypes } from "./descriptor.js";
import { RegistryError } from "./registry-error.js";

/**
 * Attaches sigstore bundles to a manifest, all in one write of what lists them. They replace older bundles of the same
 * predicate type by the same key; what is attached already is not written again. What a failure leaves behind is
 * completed by the next call.
 *
 * @param subject digest of an index or manifest in `repository`
 * @returns digests of the manifests that attach them, in the order of `bundles`
 */
export async function attach(
  client: RegistryClient,
  repository: string,
  subject: string,
  bundles: readonly Buffer[],
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const target = await client.headManifest(repository, subject, signal);
  if (target === undefined) {
    const asked = { repository, what: `the subject ${subject}`, action: "read" } as const;
    throw new RegistryError(asked, { came: "there is no such manifest", status: 404, passing: false });
  }
  const manifests = bundles.map((bytes) => bundleManifest(target, bytes));
  await allEnded(manifests.map((bundle) => push(client, repository, bundle, signal)));
  const entries = manifests.map(({ manifest: { descriptor }, annotations }) => ({
    ...descriptor,
    artifactType: mediaTypes.bundle,
    annotations,
  }));
  await addReferrers(client, repository, subject, entries, signal);
  return entries.map(({ digest }) => digest);
}

async function push(
  client: RegistryClient,
  repository: string,
  { blob, manifest }: BundleManifest,
  signal: AbortSignal | undefined,
): Promise<void> {
  if ((await client.headManifest(repository, manifest.descriptor.digest, signal)) !== undefined) return;
  await client.putBlob(repository, emptyConfig, signal);
  await client.putBlob(repository, blob, signal);
  await client.putManifest(repository, manifest, undefined, signal);
}
