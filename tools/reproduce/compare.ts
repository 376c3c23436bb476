import type { Platform } from "../../domain/catalogue/types.js";
import { fileDifferences, jsonDifferences } from "../../domain/reproduction/differences.js";
import type { RegistryClient } from "../../provider/registry/client.js";
import type { Descriptor, Manifest } from "../../provider/registry/descriptor.js";
import { readPlatforms } from "../../provider/registry/platforms.js";
import type { CraneOptions } from "./crane.js";
import { readLayerFiles } from "./layer-files.js";

/** An image in a registry. */
export interface StoredImage {
  readonly client: RegistryClient;
  /** `<registry>/<path>`. */
  readonly repository: string;
  readonly digest: string;
}

/** One platform of a released image beside the same of its rebuild. */
export interface PlatformComparison {
  readonly platform: Platform;
  /** Of the platform's manifest; absent where one of the two does not have the platform. */
  readonly released?: string;
  readonly rebuilt?: string;
  /** What differs, a line each; empty where the manifests are the same. */
  readonly differences: readonly string[];
}

/** Compares manifest by manifest, and where two differ, layer by layer and file by file. */
export async function compareImages(
  released: StoredImage,
  rebuilt: StoredImage,
  options: CraneOptions,
): Promise<readonly PlatformComparison[]> {
  const [before, after] = await Promise.all([platformsOf(released), platformsOf(rebuilt)]);
  const platforms = [...new Set([...before.keys(), ...after.keys()])].sort();
  return Promise.all(
    platforms.map(async (platform): Promise<PlatformComparison> => {
      const [left, right] = [before.get(platform), after.get(platform)];
      if (left === undefined) return { platform, rebuilt: right ?? "", differences: ["the release does not have it"] };
      if (right === undefined) return { platform, released: left, differences: ["the rebuild does not have it"] };
      const digests = { platform, released: left, rebuilt: right };
      if (left === right) return { ...digests, differences: [] };
      const sides = [
        { ...released, digest: left },
        { ...rebuilt, digest: right },
      ] as const;
      return { ...digests, differences: await manifestDifferences(...sides, options) };
    }),
  );
}

async function platformsOf({ client, repository, digest }: StoredImage): Promise<ReadonlyMap<Platform, string>> {
  const platforms = await readPlatforms(client, repository, digest);
  return new Map(platforms.map(({ platform, digest: manifest }) => [platform, manifest]));
}

async function manifestDifferences(
  released: StoredImage,
  rebuilt: StoredImage,
  options: CraneOptions,
): Promise<readonly string[]> {
  const [before, after] = await Promise.all([readManifest(released), readManifest(rebuilt)]);
  const [config, other] = await Promise.all([readConfig(released, before), readConfig(rebuilt, after)]);
  // What layers are in it follows from the layers.
  const withoutLayers = ({ rootfs: _, ...rest }: Readonly<Record<string, unknown>>) => rest;
  const differences = jsonDifferences(withoutLayers(config), withoutLayers(other)).map(
    (line) => `configuration: ${line}`,
  );
  const count = Math.max(before.layers?.length ?? 0, after.layers?.length ?? 0);
  for (let index = 0; index < count; index++) {
    const [left, right] = [before.layers?.[index], after.layers?.[index]];
    if (left?.digest === right?.digest) continue;
    const lines = await layerDifferences(released, left, rebuilt, right, options);
    differences.push(...lines.map((line) => `layer ${index + 1} of ${count}: ${line}`));
  }
  if (differences.length > 0) return differences;
  return jsonDifferences(before, after).map((line) => `manifest: ${line}`);
}

async function layerDifferences(
  released: StoredImage,
  left: Descriptor | undefined,
  rebuilt: StoredImage,
  right: Descriptor | undefined,
  options: CraneOptions,
): Promise<readonly string[]> {
  if (left === undefined) return ["only in the rebuild"];
  if (right === undefined) return ["only in the release"];
  const [before, after] = await Promise.all([
    readLayerFiles(`${released.repository}@${left.digest}`, left.mediaType, options),
    readLayerFiles(`${rebuilt.repository}@${right.digest}`, right.mediaType, options),
  ]);
  if (before === undefined || after === undefined)
    return [`${left.digest} in the release, ${right.digest} in the rebuild`];
  return fileDifferences(before, after);
}

async function readManifest({ client, repository, digest }: StoredImage): Promise<Manifest> {
  return (await client.getManifest(repository, digest)).manifest;
}

async function readConfig(
  { client, repository }: StoredImage,
  { config }: Manifest,
): Promise<Readonly<Record<string, unknown>>> {
  return config === undefined ? {} : JSON.parse((await client.getBlob(repository, config.digest)).toString());
}
