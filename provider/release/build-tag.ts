import type { RegistryClient } from "../registry/client.js";

/**
 * `b-<first 16 of the buildId>`; where an earlier build of the same inputs gave another digest (a changed secret, say),
 * that tag stays and the new one carries the digest too.
 */
export async function freeBuildTag(
  client: RegistryClient,
  repository: string,
  { buildId, digest }: { readonly buildId: string; readonly digest: string },
  signal: AbortSignal,
): Promise<string> {
  const name = `b-${buildId.slice(0, 16)}`;
  const taken = await client.headManifest(repository, name, signal);
  return taken === undefined || taken.digest === digest ? name : `${name}-${digest.slice("sha256:".length, 19)}`;
}
