import { predicateTypes } from "../../domain/evidence/predicates.js";
import { type Problem, ProblemsError } from "../../domain/problems.js";
import type { ReleaseFound } from "../../domain/promotion/merge.js";
import { formatRefusal } from "../../domain/verification/format.js";
import type { Verification, VerificationPolicy } from "../../domain/verification/types.js";
import { isVerified } from "../../domain/verification/verify.js";
import type { RegistryClient } from "../registry/client.js";
import { identityOf } from "../registry/identity.js";
import { RegistryError } from "../registry/registry-error.js";
import { headOf } from "../release/head.js";
import { readAttachments } from "../verify/read-attachments.js";
import type { Verifier } from "../verify/verifier.js";

export interface ReleaseSearch {
  /** The stack that released it, with its registry and the tag that its releases move. */
  readonly from: { readonly stack: string; readonly registry: string; readonly channel: string };
  readonly client: RegistryClient;
  readonly verifier: Verifier;
  /** Public keys (PEM) that count. */
  readonly keys: readonly string[];
  readonly policy: VerificationPolicy;
}

export interface ReleasesFound {
  readonly found: readonly ReleaseFound[];
  /** Images that the stack has not released. */
  readonly missing: readonly string[];
}

/**
 * What the tags of a stack's registry mean now, each image verified as the stack that promotes it will. All images are
 * looked at; then all that is wrong is told together.
 *
 * @throws ProblemsError, RegistryError where the registry cannot be read
 */
export async function findReleases(search: ReleaseSearch, images: readonly string[]): Promise<ReleasesFound> {
  const problems: Problem[] = [];
  const missing: string[] = [];
  const found = await Promise.all(
    images.map(async (image) => {
      const repository = `${search.from.registry}/${image}`;
      const digest = await currentDigest(search, repository);
      if (digest === undefined) {
        missing.push(image);
        return [];
      }
      const verification = await search.verifier.verify({ repository, digest }, search.policy);
      if (isVerified(verification)) return [await releaseOf(search, image, verification)];
      const remedy = `Mend it in ${search.from.stack}, or promote the other images by naming them.`;
      problems.push({ place: { file: repository }, message: formatRefusal(verification), remedy });
      return [];
    }),
  );
  if (problems.length > 0) throw new ProblemsError("the promotion (nothing was written)", problems);
  return { found: found.flat(), missing: missing.sort() };
}

/** What an entry of a releases file says of a verified image. */
export async function releaseOf(
  { client, from, keys }: Pick<ReleaseSearch, "client" | "from" | "keys">,
  image: string,
  { repository, digest, platforms, origin }: Verification,
): Promise<ReleaseFound> {
  if (origin === undefined) throw new Error(`${repository}@${digest} was verified without provenance`);
  const { version } = await identityOf(client, repository, digest);
  const { statements } = await readAttachments(client, repository, digest, keys);
  const signature = statements.find(({ statement }) => statement.predicateType === predicateTypes.signature);
  return {
    image,
    repository: `${from.registry}/${image}`,
    digest,
    platforms: platforms.map(({ platform }) => platform) as ReleaseFound["platforms"],
    buildId: origin.buildId,
    ...(version === undefined || version === "" ? {} : { version }),
    revision: origin.revision,
    stack: from.stack,
    builder: origin.builder,
    key: signature?.key ?? "",
  };
}

async function currentDigest({ client, from }: ReleaseSearch, repository: string): Promise<string | undefined> {
  try {
    const head = headOf(await client.listTags(repository), from.channel);
    return (await client.headManifest(repository, head))?.digest;
  } catch (error) {
    if (error instanceof RegistryError && error.notFound) return undefined;
    throw error;
  }
}
