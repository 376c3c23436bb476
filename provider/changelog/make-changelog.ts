import { buildChangelog, type ReleaseContents } from "../../domain/changelog/build.js";
import { type FolderRange, loadCommits } from "../../domain/changelog/load-commits.js";
import type { Changelog } from "../../domain/changelog/types.js";
import { linksOf } from "../../domain/verification/chain.js";
import type { VerificationPolicy } from "../../domain/verification/types.js";
import type { RegistryClient } from "../registry/client.js";
import { RegistryError } from "../registry/registry-error.js";
import { readHistory } from "../release/read-history.js";
import { readReleased } from "../rescan/released-sboms.js";
import type { Verifier } from "../verify/verifier.js";

export interface ChangelogContext {
  /** Absolute path of the project. */
  readonly root: string;
  readonly client: RegistryClient;
  readonly verifier: Verifier;
  readonly policy: VerificationPolicy;
  /** Public keys (PEM) that count. */
  readonly keys: readonly string[];
  readonly registry: string;
  readonly channel: string;
  /** Folders of images by their ids, relative to the root. */
  readonly directories: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
}

/**
 * What a release changed since the one before, by what is attached to the two and by git. The folders of all images that it
 * stands on are followed, each from where it stood in the release before.
 *
 * @param at RFC 3339
 * @returns undefined where the release before is the same digest
 * @throws RegistryError, or Error where it has no SBOM by a key that counts
 */
export async function makeChangelog(
  context: ChangelogContext,
  image: string,
  digest: string,
  at: string,
): Promise<Changelog | undefined> {
  const { channel, client, root } = context;
  const repository = `${context.registry}/${image}`;
  const history = await readHistory(client, repository, channel, 2);
  // Under a tag that somebody asked for there is no history, and nothing to compare with.
  const [newest, before] = history;
  if (newest !== undefined && newest.digest !== digest) return undefined;
  const now = await contentsOf(context, repository, digest);
  const then = before === undefined ? undefined : await earlierContents(context, repository, before.digest);
  const [lineage, earlier] = await Promise.all([
    lineageOf(context, repository, digest),
    before === undefined ? new Map<string, string>() : lineageOf(context, repository, before.digest),
  ]);
  const ranges = [...lineage].flatMap(([id, to]): readonly FolderRange[] => {
    const directory = context.directories.get(id);
    const from = earlier.get(id);
    if (directory === undefined || to === "" || from === "") return [];
    return [{ image: id, directory, ...(from === undefined ? {} : { from }), to }];
  });
  const { commits, notes } = await loadCommits(root, ranges);
  const lost = "The release before has no SBOM by a key that counts, so packages are not compared.";
  const about = { image, at, now, commits, notes: then?.sboms.size === 0 ? [...notes, lost] : notes };
  return buildChangelog({ ...about, ...(then === undefined ? {} : { before: then }) });
}

async function contentsOf(
  { client, keys, signal }: ChangelogContext,
  repository: string,
  digest: string,
): Promise<ReleaseContents> {
  const { platforms } = await readReleased(client, repository, digest, keys, signal);
  return {
    digest,
    sboms: new Map(platforms.map(({ platform, sbom }) => [platform, sbom])),
    scans: new Map(
      platforms.flatMap(({ platform, scan }) =>
        scan === undefined ? [] : [[platform, scan.scanner.result.findings] as const],
      ),
    ),
  };
}

/** A release from a time without evidence, or by a key that counts no more, has nothing to compare with. */
async function earlierContents(
  context: ChangelogContext,
  repository: string,
  digest: string,
): Promise<ReleaseContents> {
  try {
    return await contentsOf(context, repository, digest);
  } catch (error) {
    if (error instanceof RegistryError) throw error;
    return { digest, sboms: new Map(), scans: new Map() };
  }
}

/** The commit of each image of ours that one was made from, itself among them, by their ids. */
async function lineageOf(
  { verifier, policy, signal }: ChangelogContext,
  repository: string,
  digest: string,
): Promise<ReadonlyMap<string, string>> {
  const { chain } = await verifier.verify({ repository, digest }, policy, signal);
  const links = chain === undefined ? [] : linksOf(chain);
  return new Map(
    links.flatMap(({ origin }) => (origin === undefined ? [] : [[origin.image, origin.revision] as const])),
  );
}
