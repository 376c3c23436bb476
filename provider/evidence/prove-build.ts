import type { BuildMeasures } from "../../domain/evidence/measures.js";
import type { CandidateImage, GateFailure } from "../../domain/evidence/types.js";
import { type BuildFacts, completeProvenance, joinProvenance } from "../../domain/provenance/complete.js";
import type { Provenance } from "../../domain/provenance/schema.js";
import { suspectValues } from "../../domain/provenance/secrets.js";
import { builderVersion } from "../buildkit/builder.js";
import { type CapturedProvenance, captureBuild } from "../provenance/capture.js";
import { readStoredRecord, storeRecord } from "../provenance/record-store.js";
import type { RegistryClient } from "../registry/client.js";

export interface ProvenBuild {
  /** Of the index; absent where there is a failure. */
  readonly index?: Provenance;
  /** By the digest of the platform's manifest. */
  readonly platforms: ReadonlyMap<string, Provenance>;
  readonly failures: readonly GateFailure[];
  /** Absent where no builder remembers it. */
  readonly measures?: BuildMeasures;
}

/**
 * Who built a candidate and from what, by BuildKit's record. The record is kept beside the candidate before anything else
 * is judged.
 */
export async function proveBuild(
  client: RegistryClient,
  image: CandidateImage,
  facts: Omit<BuildFacts, "versions">,
  builder: string,
  signal: AbortSignal,
): Promise<ProvenBuild> {
  const { provenance: captured, measures } = await recordOf(client, image, builder, signal);
  if (captured === undefined) return { platforms: new Map(), failures: [noRecord(facts.image)] };
  const complete: BuildFacts = { ...facts, versions: { buildkit: await builderVersion(builder, signal) } };
  const platforms = new Map<string, Provenance>();
  const failures: GateFailure[] = [];
  for (const { platform, digest } of image.platforms) {
    const record = captured.get(platform);
    if (record === undefined) continue;
    const provenance = completeProvenance(record, platform, complete);
    platforms.set(digest, provenance);
    for (const { path, what } of suspectValues(provenance)) {
      failures.push({
        gate: "provenance",
        platform,
        finding: `the build's record holds ${what} at ${path}, where everybody could read it.`,
        remedy: "Hand it to the build as a secret (image.yaml, `secrets`), build again, and revoke the value.",
      });
    }
  }
  const [first, ...others] = platforms.values();
  return {
    ...(first === undefined ? {} : { index: joinProvenance([first, ...others]) }),
    platforms,
    failures,
    ...(measures === undefined ? {} : { measures }),
  };
}

/** BuildKit's own history first: it is newer than what was kept of an earlier build of the same digest. */
async function recordOf(
  client: RegistryClient,
  image: CandidateImage,
  builder: string,
  signal: AbortSignal,
): Promise<{ readonly provenance?: CapturedProvenance | undefined; readonly measures?: BuildMeasures }> {
  const { repository, digest } = image;
  const captured = await captureBuild(builder, image, signal);
  if (captured === undefined) return { provenance: await readStoredRecord(client, repository, digest, signal) };
  await storeRecord(client, repository, digest, captured.provenance, signal);
  return captured;
}

function noRecord(image: string): GateFailure {
  return {
    gate: "provenance",
    finding: "the builder has no record of this build any more, so nobody can say what it was made from.",
    remedy: `Build it again: npm run -s pulumi -- up --replace '**::${image}-image'`,
  };
}
