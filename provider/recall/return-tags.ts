import { isFixed, mayMean } from "../../domain/rollback/tags.js";
import { allEnded } from "../registry/all-ended.js";
import type { RegistryClient } from "../registry/client.js";
import { tag } from "../registry/copy.js";
import { identityOf } from "../registry/identity.js";

/**
 * Puts every moving tag that means a recalled digest on a good one; without a good one, takes the digest with all its tags out
 * of the repository. Done already, it changes nothing.
 *
 * @param repository `<registry>/<id>`
 * @returns the tags that moved, or went
 */
export async function returnTags(
  client: RegistryClient,
  repository: string,
  isRecalled: (digest: string) => boolean,
  good: string | undefined,
): Promise<readonly string[]> {
  const existing = await client.listTags(repository);
  // A whole version or a commit names nothing but itself; denials cover what stays there.
  const identity = good === undefined ? undefined : await identityOf(client, repository, good);
  const movable = existing.filter((name) => (identity === undefined ? !isFixed(name) : mayMean(name, identity)));
  const meant = await Promise.all(movable.map(async (name) => (await client.headManifest(repository, name))?.digest));
  const wrong = movable.filter((_, index) => isRecalled(meant[index] ?? ""));
  if (good !== undefined) {
    await allEnded(wrong.map((name) => tag(client, repository, good, name)));
    return wrong;
  }
  const digests = new Set(meant.filter((digest) => digest !== undefined && isRecalled(digest)));
  for (const digest of digests) if (digest !== undefined) await client.deleteManifest(repository, digest);
  return wrong;
}
