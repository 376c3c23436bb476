import type { ReleasedPlatform } from "../sdk/release.js";
import { crane } from "./crane.js";

interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly os: string; readonly architecture: string; readonly variant?: string };
}

interface Manifest {
  readonly manifests?: readonly Descriptor[];
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
}

/** The platforms behind `repository@digest`, in the index's order. A plain manifest gives one, its platform read from the configuration. */
export async function readPlatforms(
  repository: string,
  digest: string,
  signal?: AbortSignal,
): Promise<ReleasedPlatform[]> {
  const top = await readManifest(repository, digest, signal);
  if (top.manifests === undefined) {
    const config = JSON.parse(await crane(["config", `${repository}@${digest}`], signal));
    return [{ platform: platformName(config), digest, size: sizeOf(top) }];
  }
  const images = top.manifests.filter(({ platform }) => platform !== undefined && platform.os !== "unknown");
  return Promise.all(
    images.map(async ({ digest: child, platform }) => ({
      platform: platform === undefined ? "" : platformName(platform),
      digest: child,
      size: sizeOf(await readManifest(repository, child, signal)),
    })),
  );
}

async function readManifest(repository: string, digest: string, signal?: AbortSignal): Promise<Manifest> {
  return JSON.parse(await crane(["manifest", `${repository}@${digest}`], signal));
}

function sizeOf({ config, layers = [] }: Manifest): number {
  return layers.reduce((sum, layer) => sum + layer.size, config?.size ?? 0);
}

function platformName({ os, architecture, variant }: { os: string; architecture: string; variant?: string }): string {
  // arm64's only variant, v8, is what plain arm64 means
  return variant === undefined || variant === "" || architecture === "arm64"
    ? `${os}/${architecture}`
    : `${os}/${architecture}/${variant}`;
}
