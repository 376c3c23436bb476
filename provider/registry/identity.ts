import type { Identity } from "../../domain/rollback/tags.js";
import type { RegistryClient } from "./client.js";

/** What the labels of an image say that it is; of an index, those of its first platform. */
export async function identityOf(client: RegistryClient, repository: string, digest: string): Promise<Identity> {
  const { manifest } = await client.getManifest(repository, digest);
  const [first] = manifest.manifests ?? [];
  if (first !== undefined) return identityOf(client, repository, first.digest);
  if (manifest.config === undefined) return {};
  const config = JSON.parse((await client.getBlob(repository, manifest.config.digest)).toString());
  const labels: Readonly<Record<string, string>> = config.config?.Labels ?? {};
  const version = labels["org.opencontainers.image.version"];
  const revision = labels["org.opencontainers.image.revision"];
  return { ...(version === undefined ? {} : { version }), ...(revision === undefined ? {} : { revision }) };
}
