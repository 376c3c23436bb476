import type { Difference } from "../../domain/rebuild/types.js";
import type { Settings } from "../../domain/settings/types.js";
import { differenceOf, type PlatformContent } from "../../domain/watch/difference.js";
import { mirrorRepository } from "../../domain/watch/mirror-repository.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { readPlatforms } from "../../provider/registry/platforms.js";
import { makeSbom } from "../../provider/sbom/make-sbom.js";
import { scanSboms } from "../../provider/scan/scan-sboms.js";

export interface Pair extends Pick<Difference, "image" | "from" | "to"> {
  /** Upstream's repository. */
  readonly repoURL: string;
}

/**
 * Compares two digests of an upstream image, both of which lie in quarantine: packages, known flaws, configuration.
 *
 * @returns undefined where nothing can be said of flaws, since there is no database
 */
export async function compareDigests(
  root: string,
  settings: Pick<Settings, "registry" | "insecureRegistry" | "scan" | "development">,
  pair: Pair,
  signal: AbortSignal,
): Promise<Difference | undefined> {
  const [before, after] = await Promise.all([
    contentOf(root, settings, pair, pair.from, signal),
    contentOf(root, settings, pair, pair.to, signal),
  ]);
  const { image, from, to } = pair;
  return before === undefined || after === undefined ? undefined : differenceOf({ image, from, to }, before, after);
}

async function contentOf(
  root: string,
  {
    registry,
    insecureRegistry: insecure,
    scan,
    development,
  }: Pick<Settings, "registry" | "insecureRegistry" | "scan" | "development">,
  { image, repoURL }: Pair,
  digest: string,
  signal: AbortSignal,
): Promise<readonly PlatformContent[] | undefined> {
  const repository = mirrorRepository(registry, repoURL);
  const client = new RegistryClient(registry, insecure);
  const manifests = await readPlatforms(client, repository, digest, signal);
  const owner = repoURL.split("/")[0] ?? repoURL;
  const request = { repository, name: image, owner, suppliers: {}, insecure, signal };
  const sboms = await Promise.all(manifests.map((manifest) => makeSbom({ ...request, manifest })));
  const documents = manifests.flatMap((manifest, index) => {
    const document = sboms[index];
    return document === undefined ? [] : [{ key: manifest.digest, document }];
  });
  const now = () => new Date();
  const scans = await scanSboms({ sboms: documents, settings: scan, root, development, now, signal });
  if ([...scans.values()].some(({ status }) => status === "unscanned")) return undefined;
  const configs = await Promise.all(manifests.map((each) => configOf(client, repository, each.digest, signal)));
  return manifests.flatMap(({ platform, digest: key }, index) => {
    const sbom = sboms[index];
    if (sbom === undefined) return [];
    const findings = (scans.get(key)?.reports ?? []).flatMap((report) => report.findings);
    return [{ platform, sbom, findings, config: configs[index] ?? {} }];
  });
}

async function configOf(client: RegistryClient, repository: string, digest: string, signal: AbortSignal) {
  const { manifest } = await client.getManifest(repository, digest, signal);
  if (manifest.config === undefined) return {};
  const { config } = JSON.parse((await client.getBlob(repository, manifest.config.digest, signal)).toString()) as {
    readonly config?: Readonly<Record<string, unknown>>;
  };
  const { Labels: _, ...rest } = config ?? {};
  return rest;
}
