import type { PlatformManifest } from "../../domain/evidence/types.js";
import type { RegistryClient } from "./client.js";
import type { Descriptor, Manifest } from "./descriptor.js";

/** The platforms behind `repository@digest`, in the index's order. A plain manifest gives one, its platform read from the configuration. */
export async function readPlatforms(
  client: RegistryClient,
  repository: string,
  digest: string,
  signal?: AbortSignal,
): Promise<PlatformManifest[]> {
  const { manifest } = await client.getManifest(repository, digest, signal);
  if (manifest.manifests !== undefined) {
    return Promise.all(
      manifest.manifests.flatMap(({ platform, digest: child }) => {
        // Attestations of BuildKit stand in an index as manifests of an unknown platform.
        if (platform === undefined || platform.os === "unknown") return [];
        const size = client.getManifest(repository, child, signal).then((it) => sizeOf(it.manifest));
        return [size.then((bytes) => ({ platform: platformName(platform), digest: child, size: bytes }))];
      }),
    );
  }
  const config = await client.getBlob(repository, manifest.config?.digest ?? "", signal);
  return [{ platform: platformName(JSON.parse(config.toString())), digest, size: sizeOf(manifest) }];
}

function sizeOf({ config, layers = [] }: Manifest): number {
  return layers.reduce((sum, layer) => sum + layer.size, config?.size ?? 0);
}

function platformName({ os, architecture, variant }: NonNullable<Descriptor["platform"]>): string {
  // arm64's only variant, v8, is what plain arm64 means
  return variant === undefined || variant === "" || architecture === "arm64"
    ? `${os}/${architecture}`
    : `${os}/${architecture}/${variant}`;
}
