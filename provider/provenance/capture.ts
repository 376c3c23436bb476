import type { Platform } from "../../domain/catalogue/types.js";
import type { BuildMeasures } from "../../domain/evidence/measures.js";
import { type BuildkitProvenance, buildkitProvenanceSchema } from "../../domain/provenance/buildkit.js";
import { findBuildRecord, readAttestation, SLSA_PROVENANCE } from "../buildkit/build-record.js";
import { builderNodes } from "../buildkit/builder.js";

/** BuildKit's own provenance of a build, by platform. */
export type CapturedProvenance = ReadonlyMap<Platform, BuildkitProvenance>;

export interface CapturedBuild {
  readonly provenance: CapturedProvenance;
  readonly measures: BuildMeasures;
}

/**
 * The record of the newest build whose result has this digest, from the history of whichever of the builder's daemons has
 * it. Undefined where none has: histories are pruned, and go with their daemon.
 *
 * @param digest of the index
 * @param platforms those that the record has to name; of an image with one platform the record names none
 */
export async function captureBuild(
  builder: string,
  digest: string,
  platforms: readonly Platform[],
  signal?: AbortSignal,
): Promise<CapturedBuild | undefined> {
  for (const { address, tls } of await builderNodes(builder)) {
    const options = { tls, ...(signal === undefined ? {} : { signal }) };
    const record = await findBuildRecord(address, digest, options);
    if (record === undefined) continue;
    const found = new Map<Platform, BuildkitProvenance>();
    for (const attestation of record.attestations) {
      const platform = attestation.platform ?? platforms[0];
      if (attestation.predicateType !== SLSA_PROVENANCE || platform === undefined) continue;
      found.set(platform, buildkitProvenanceSchema.parse(await readAttestation(address, attestation, options)));
    }
    if (platforms.every((platform) => found.has(platform))) return { provenance: found, measures: record.measures };
  }
  return undefined;
}
