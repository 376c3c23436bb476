/** Where digests of others lie in quarantine: `<registry>/candidate/mirror/docker.io/library/nginx`. */
export function mirrorRepository(registry: string, upstream: string): string {
  return `${registry}/candidate/mirror/${upstream.replace(/:(?=\d+(\/|$))/, "-")}`;
}

/**
 * What of `buildkitd.toml` lets a build take from quarantine what was mirrored there: upstream may have deleted it.
 *
 * @param upstreams hosts
 */
export function mirrorConfig(registry: string, upstreams: readonly string[]): string {
  const own = registry.split("/")[0];
  return upstreams
    .filter((host) => host !== own)
    .map((host) => {
      const mirrors = JSON.stringify([mirrorRepository(registry, host)]);
      return `\n[registry.${JSON.stringify(host)}]\n  mirrors = ${mirrors}\n`;
    })
    .join("");
}

/** Hosts from which external images may come, whatever the parts of them. */
export function upstreamHosts(allowedRegistries: readonly string[]): readonly string[] {
  return [...new Set(allowedRegistries.map((entry) => entry.split("/")[0] ?? entry))].sort();
}
