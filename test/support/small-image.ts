import type { PlatformManifest } from "../../domain/evidence/types.js";
import type { RegistryClient } from "../../provider/registry/client.js";
import { type Content, contentOf, jsonContent, mediaTypes } from "../../provider/registry/descriptor.js";

export interface SmallImage {
  /** Of the index. */
  readonly digest: string;
  readonly platforms: readonly PlatformManifest[];
  /** Of the one layer that both platforms share. */
  readonly layer: string;
}

const configType = "application/vnd.oci.image.config.v1+json";
const layerType = "application/vnd.oci.image.layer.v1.tar";

/** Pushes an image of two platforms by digest. Its one layer is a tar, or any few bytes; another `content`, another image. */
export async function pushSmallImage(
  client: RegistryClient,
  repository: string,
  content: string | Buffer,
  labels: Readonly<Record<string, string>> = {},
): Promise<SmallImage> {
  const layer = contentOf(layerType, typeof content === "string" ? Buffer.from(content.padEnd(1024)) : content);
  await client.putBlob(repository, layer);
  const manifests: Content[] = [];
  for (const architecture of ["amd64", "arm64"]) {
    const config = jsonContent(configType, {
      os: "linux",
      architecture,
      config: { User: "65532:65532", Labels: labels },
      rootfs: { type: "layers", diff_ids: [layer.descriptor.digest] },
    });
    await client.putBlob(repository, config);
    const manifest = jsonContent(mediaTypes.manifest, {
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: config.descriptor,
      layers: [layer.descriptor],
    });
    await client.putManifest(repository, manifest);
    manifests.push({ ...manifest, descriptor: { ...manifest.descriptor, platform: { os: "linux", architecture } } });
  }
  const index = jsonContent(mediaTypes.index, {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: manifests.map(({ descriptor }) => descriptor),
  });
  await client.putManifest(repository, index);
  const platforms = manifests.map(({ descriptor: { digest, platform }, bytes }) => {
    const { config, layers } = JSON.parse(bytes.toString());
    return { platform: `linux/${platform?.architecture}`, digest, size: config.size + layers[0].size };
  });
  return { digest: index.descriptor.digest, platforms, layer: layer.descriptor.digest };
}
