import type { Platform } from "../../domain/catalogue/types.js";
import type { BuildMeasures } from "../../domain/evidence/measures.js";
import type { CandidateImage } from "../../domain/evidence/types.js";
import { type BuildkitProvenance, buildkitProvenanceSchema } from "../../domain/provenance/buildkit.js";
import {
  type BuildRecord,
  findBuildRecord,
  findPartRecord,
  readAttestation,
  SLSA_PROVENANCE,
} from "../buildkit/build-record.js";
import type { BuildctlOptions } from "../buildkit/buildctl.js";
import { type BuilderNode, builderNodes } from "../buildkit/builder.js";

/** BuildKit's own provenance of a build, by platform. */
export type CapturedProvenance = ReadonlyMap<Platform, BuildkitProvenance>;

export interface CapturedBuild {
  readonly provenance: CapturedProvenance;
  readonly measures: BuildMeasures;
}

type FindRecord = (address: string, options: BuildctlOptions) => Promise<BuildRecord | undefined>;

/**
 * The record of the newest build whose result this image is, from the histories of the builder's daemons. Where one of them
 * built all platforms, it has the index; where each built its own, buildx made the index of what they built, and each has
 * one of its own with its platform's manifest. Undefined where a platform's record is nowhere: histories are pruned, and go with their daemon.
 */
export async function captureBuild(
  builder: string,
  { digest, platforms, repository }: CandidateImage,
  signal?: AbortSignal,
): Promise<CapturedBuild | undefined> {
  const nodes = await builderNodes(builder);
  const names = platforms.map(({ platform }) => platform);
  const whole = await captureFrom(
    nodes,
    (address, options) => findBuildRecord(address, digest, options),
    names,
    signal,
  );
  if (whole !== undefined || nodes.length < 2) return whole;
  const parts = await Promise.all(
    platforms.map(({ digest: part, platform }) =>
      captureFrom(nodes, (address, options) => findPartRecord(address, part, repository, options), [platform], signal),
    ),
  );
  const found = parts.filter((part) => part !== undefined);
  if (found.length < platforms.length) return undefined;
  return {
    provenance: new Map(found.flatMap(({ provenance }) => [...provenance])),
    measures: together(found.map(({ measures }) => measures)),
  };
}

/** @param platforms those that the record has to name; of a single platform it names none */
async function captureFrom(
  nodes: readonly BuilderNode[],
  find: FindRecord,
  platforms: readonly Platform[],
  signal: AbortSignal | undefined,
): Promise<CapturedBuild | undefined> {
  for (const { address, tls } of nodes) {
    const options = { tls, ...(signal === undefined ? {} : { signal }) };
    const record = await find(address, options);
    if (record === undefined) continue;
    const provenance = await provenanceIn(record, platforms, (each) => readAttestation(address, each, options));
    if (platforms.every((platform) => provenance.has(platform))) return { provenance, measures: record.measures };
  }
  return undefined;
}

async function provenanceIn(
  { attestations }: BuildRecord,
  platforms: readonly Platform[],
  read: (attestation: BuildRecord["attestations"][number]) => Promise<unknown>,
): Promise<CapturedProvenance> {
  const found = new Map<Platform, BuildkitProvenance>();
  for (const attestation of attestations) {
    const platform = attestation.platform ?? platforms[0];
    if (attestation.predicateType !== SLSA_PROVENANCE || platform === undefined) continue;
    found.set(platform, buildkitProvenanceSchema.parse(await read(attestation)));
  }
  return found;
}

/** Builds side by side: as long as the longest of them. */
function together(measures: readonly BuildMeasures[]): BuildMeasures {
  const sum = (of: (each: BuildMeasures) => number) => measures.reduce((total, each) => total + of(each), 0);
  return {
    startedOn: measures.map(({ startedOn }) => startedOn).sort()[0] ?? "",
    seconds: Math.max(...measures.map(({ seconds }) => seconds)),
    steps: sum(({ steps }) => steps),
    cachedSteps: sum(({ cachedSteps }) => cachedSteps),
  };
}
