import { parseImageName, repositoryName } from "../dockerfile/image-name.js";
import type { CloudSettings } from "../settings/cloud.js";

/** An external image as a pull-through cache names it. */
export interface CachedImage {
  /** `docker-hub/library/nginx` */
  readonly repository: string;
  readonly tag: string;
}

/**
 * The watched images that come through one of the caches.
 *
 * @param externals normalised names: `docker.io/library/nginx:1.29`; one that is named by digest cannot change
 */
export function cachedImages(
  externals: readonly string[],
  { upstreams }: Pick<CloudSettings, "upstreams">,
): readonly CachedImage[] {
  return externals.flatMap((external) => {
    const name = parseImageName(external);
    if (name === undefined || name.digest !== undefined) return [];
    const repository = repositoryName(name);
    const slash = repository.indexOf("/");
    const host = repository.slice(0, slash);
    const cache = Object.entries(upstreams).find(([, { registry }]) => sameRegistry(registry, host))?.[0];
    return cache === undefined
      ? []
      : [{ repository: `${cache}/${repository.slice(slash + 1)}`, tag: name.tag ?? "latest" }];
  });
}

/** Docker Hub is called otherwise where images are pulled. */
function sameRegistry(registry: string, host: string): boolean {
  return registry === host || (registry === "registry-1.docker.io" && host === "docker.io");
}
