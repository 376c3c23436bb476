import type { Severity } from "../../domain/evidence/types.js";
import { provenanceSchema } from "../../domain/provenance/schema.js";
import type { SpdxDocument } from "../../domain/sbom/spdx.js";
import type { VulnPredicate } from "../../domain/scan/vuln-predicate.js";
import { materialsOf } from "../../domain/verification/materials.js";
import type { Flaw, PlatformFacts, ReleaseFacts } from "../../domain/why/types.js";
import { readStoredStatements, type StoredStatements } from "../evidence/stored-statements.js";
import type { RegistryClient } from "../registry/client.js";
import { readPlatforms } from "../registry/platforms.js";
import { newestScan } from "../rescan/released-sboms.js";

/** Where a stack's releases are, and whose signatures on what is attached to them count. */
export interface FactsSource {
  readonly client: RegistryClient;
  /** With its prefix. */
  readonly registry: string;
  /** PEM. */
  readonly keys: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * What a release is made of, from its manifests and the statements that are attached to them. No layer is read. What nobody
 * attached is not in it: an image without evidence has layers and no packages.
 *
 * @throws RegistryError where the registry does not have it
 */
export async function readFacts(source: FactsSource, image: string, digest: string): Promise<ReleaseFacts> {
  const { client, keys, registry, signal } = source;
  const repository = `${registry}/${image}`;
  const manifests = await readPlatforms(client, repository, digest, signal);
  const read = await Promise.all(
    manifests.map(async ({ platform, digest: child }) => {
      const stored = await readStoredStatements(client, repository, child, keys, signal);
      const { manifest } = await client.getManifest(repository, child, signal);
      return { stored, facts: platformFacts(platform, manifest.layers ?? [], stored) };
    }),
  );
  const provenances = read.flatMap(({ stored }) => {
    const predicate = stored.find(({ kind }) => kind === "provenance")?.statement.predicate;
    return provenanceSchema.safeParse(predicate).data ?? [];
  });
  const bases = new Map<string, string>();
  for (const material of materialsOf(provenances)) {
    if (material.kind !== "image") continue;
    const own = material.repository.startsWith(`${registry}/`);
    bases.set(own ? material.repository.slice(registry.length + 1) : material.repository, material.digest);
  }
  const revision = provenances[0]?.buildDefinition.externalParameters.source.revision ?? "";
  return { image, digest, revision, bases, platforms: read.map(({ facts }) => facts) };
}

function platformFacts(
  platform: string,
  layers: readonly { readonly digest: string; readonly size: number }[],
  stored: StoredStatements,
): PlatformFacts {
  const sbom = stored.find(({ kind }) => kind === "sbom")?.statement.predicate as SpdxDocument | undefined;
  const scan = newestScan(stored);
  return {
    platform,
    layers: layers.map(({ digest, size }) => ({ digest, size })),
    packages: packagesOf(sbom),
    ...(scan === undefined ? {} : { flaws: flawsOf(scan) }),
  };
}

/** Without the document's root, which is the image itself: its version is its digest. */
function packagesOf(sbom: SpdxDocument | undefined): ReadonlyMap<string, readonly string[]> {
  const packages = new Map<string, string[]>();
  for (const { externalRefs = [], name, versionInfo = "" } of sbom?.packages ?? []) {
    const purl = externalRefs.find(({ referenceType }) => referenceType === "purl")?.referenceLocator;
    if (purl === undefined || purl.startsWith("pkg:oci/")) continue;
    const versions = packages.get(name) ?? [];
    if (!versions.includes(versionInfo)) packages.set(name, [...versions, versionInfo].sort());
  }
  return packages;
}

function flawsOf({ scanner }: VulnPredicate): ReadonlyMap<string, Flaw> {
  const flaws = new Map<string, Flaw>();
  for (const { id, package: found, severity } of scanner.result.findings) {
    flaws.set(id, { id, severity: severity satisfies Severity, package: `${found.name} ${found.version}` });
  }
  return flaws;
}
