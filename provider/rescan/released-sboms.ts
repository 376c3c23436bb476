import type { PlatformManifest } from "../../domain/evidence/types.js";
import type { SpdxDocument } from "../../domain/sbom/spdx.js";
import type { VulnPredicate } from "../../domain/scan/vuln-predicate.js";
import { readStoredStatements, type StoredStatement } from "../evidence/stored-statements.js";
import type { RegistryClient } from "../registry/client.js";
import { readPlatforms } from "../registry/platforms.js";

/** One platform of a released image, by what is attached to it. */
export interface ReleasedPlatform extends PlatformManifest {
  readonly sbom: SpdxDocument;
  /** The newest scan; absent where nobody has looked yet. */
  readonly scan?: VulnPredicate;
}

export interface ReleasedImage {
  /** `<registry>/<id>`. */
  readonly repository: string;
  /** Of the index. */
  readonly digest: string;
  readonly platforms: readonly ReleasedPlatform[];
}

/**
 * What a tag means now, with the SBOMs and scans that a key that counts has signed. No layer is read.
 *
 * @throws Error where a platform has no such SBOM
 */
export async function readReleased(
  client: RegistryClient,
  repository: string,
  tag: string,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<ReleasedImage> {
  const { descriptor } = await client.getManifest(repository, tag, signal);
  const { digest } = descriptor;
  const manifests = await readPlatforms(client, repository, digest, signal);
  const platforms = manifests.map(async (manifest): Promise<ReleasedPlatform> => {
    const stored = await readStoredStatements(client, repository, manifest.digest, keys, signal);
    const sbom = stored.find(({ kind }) => kind === "sbom")?.statement.predicate as SpdxDocument | undefined;
    if (sbom === undefined) {
      throw new Error(
        `${repository}@${digest}: ${manifest.platform} has no SBOM by a key that counts. Release it again with \`npm run up\`.`,
      );
    }
    const scan = newestScan(stored);
    return { ...manifest, sbom, ...(scan === undefined ? {} : { scan }) };
  });
  return { repository, digest, platforms: await Promise.all(platforms) };
}

/** The newest scan that has looked; several keys may have signed one each. */
export function newestScan(stored: readonly StoredStatement[]): VulnPredicate | undefined {
  return stored
    .filter(({ kind }) => kind === "scan")
    .map(({ statement }) => statement.predicate as VulnPredicate)
    .filter(({ scanner }) => scanner.result.status === "scanned")
    .sort((left, right) => (left.metadata.scanFinishedOn < right.metadata.scanFinishedOn ? 1 : -1))[0];
}
