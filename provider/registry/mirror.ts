import type { RegistryClient } from "./client.js";

/** A repository in a registry: `<registry>/<path>`, of the client's. */
export interface Repository {
  readonly client: RegistryClient;
  readonly name: string;
}

/**
 * Copies an image to another registry, all platforms and whole, without any tag. What is there already is not read; the index
 * comes last, so that whoever sees it may take it for complete.
 */
export async function mirrorImage(
  from: Repository,
  to: Repository,
  digest: string,
  signal?: AbortSignal,
): Promise<void> {
  if ((await to.client.headManifest(to.name, digest, signal)) !== undefined) return;
  const content = await from.client.getManifest(from.name, digest, signal);
  const { config, layers = [], manifests = [] } = content.manifest;
  for (const child of manifests) await mirrorImage(from, to, child.digest, signal);
  for (const blob of [...(config === undefined ? [] : [config]), ...layers]) {
    await to.client.pipeBlob(to.name, blob, () => from.client.openBlob(from.name, blob.digest, signal), signal);
  }
  await to.client.putManifest(to.name, content, digest, signal);
}
