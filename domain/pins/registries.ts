/**
 * Whether a normalised repository lies in an allowed registry. An entry is a host (`docker.io`) or a host with the first
 * parts of a path (`ghcr.io/our-team`); parts are compared whole, so `ghcr.io/our` does not allow `ghcr.io/our-team`.
 */
export function isAllowedRegistry(repository: string, allowed: readonly string[]): boolean {
  return allowed.some((entry) => `${repository}/`.startsWith(`${entry.replace(/\/+$/, "")}/`));
}
