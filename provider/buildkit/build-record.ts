import { z } from "zod";
import type { BuildMeasures } from "../../domain/evidence/measures.js";
import { type BuildctlOptions, buildctl } from "./buildctl.js";

/** What BuildKit's history keeps of a finished build. */
export interface BuildRecord {
  /** BuildKit's id of the build. */
  readonly ref: string;
  readonly measures: BuildMeasures;
  /** One for each platform; the platform is missing where the result is no index. */
  readonly attestations: readonly RecordedAttestation[];
}

export interface RecordedAttestation {
  readonly platform?: string;
  readonly predicateType: string;
  /** Of the predicate in BuildKit's own store: `readAttestation` reads it. */
  readonly digest: string;
}

/** A material of a build, as SLSA's provenance names it. */
export interface ResolvedDependency {
  /** `pkg:docker/...` for images. */
  readonly uri: string;
  /** By algorithm, in hex. */
  readonly digest: Readonly<Record<string, string>>;
}

export const SLSA_PROVENANCE = "https://slsa.dev/provenance/v1";

const descriptor = z.object({ digest: z.string() });
const attestation = descriptor.extend({ annotations: z.record(z.string(), z.string()).optional() });
const result = z.object({
  ResultDeprecated: descriptor.optional(),
  Results: z.record(z.string(), descriptor).optional(),
  Attestations: z.array(attestation).optional(),
});
const time = z.object({ seconds: z.number(), nanos: z.number().default(0) });
const historyEvent = z.object({
  record: z.object({
    Ref: z.string(),
    CreatedAt: time,
    CompletedAt: time.optional(),
    numTotalSteps: z.number().default(0),
    numCachedSteps: z.number().default(0),
    Result: result.optional(),
    Results: z.record(z.string(), result).optional(),
  }),
});
const provenance = z.object({
  buildDefinition: z.object({
    resolvedDependencies: z
      .array(z.object({ uri: z.string(), digest: z.record(z.string(), z.string()).default({}) }))
      .nullish(),
  }),
});

type HistoryRecord = z.infer<typeof historyEvent>["record"];

/**
 * The newest record of a build whose result has this digest. Records are pruned and live on one builder, so there may be none.
 *
 * @param buildkitHost address as for BUILDKIT_HOST, e.g. `unix:///run/buildkit/buildkitd.sock`
 */
export async function findBuildRecord(
  buildkitHost: string,
  digest: string,
  options: BuildctlOptions = {},
): Promise<BuildRecord | undefined> {
  const lines = await buildctl(buildkitHost, ["debug", "histories", "--format", "{{json .}}"], options);
  const records = lines
    .split("\n")
    // The digest of the result stands in the line; most lines need no parsing.
    .filter((line) => line.includes(digest))
    .map((line) => historyEvent.parse(JSON.parse(line)).record)
    .filter((record) => resultDigests(record).includes(digest))
    .sort((left, right) => createdAt(right) - createdAt(left));
  const [newest] = records;
  return newest && { ref: newest.Ref, measures: measuresOf(newest), attestations: attestationsOf(newest) };
}

/** The predicate of an attestation, as JSON. */
export async function readAttestation(
  buildkitHost: string,
  { digest }: RecordedAttestation,
  options: BuildctlOptions = {},
): Promise<unknown> {
  return JSON.parse(await buildctl(buildkitHost, ["debug", "get", digest], options));
}

/**
 * What a build really used, by BuildKit's own provenance: the materials of all platforms, each once. Undefined where there is
 * no record of it.
 */
export async function readResolvedDependencies(
  buildkitHost: string,
  digest: string,
  options: BuildctlOptions = {},
): Promise<readonly ResolvedDependency[] | undefined> {
  const record = await findBuildRecord(buildkitHost, digest, options);
  if (record === undefined) return undefined;
  const found = new Map<string, ResolvedDependency>();
  for (const each of record.attestations.filter(({ predicateType }) => predicateType === SLSA_PROVENANCE)) {
    const { buildDefinition } = provenance.parse(await readAttestation(buildkitHost, each, options));
    for (const dependency of buildDefinition.resolvedDependencies ?? []) found.set(dependency.uri, dependency);
  }
  return [...found.values()];
}

function createdAt({ CreatedAt }: HistoryRecord): number {
  return secondsOf(CreatedAt);
}

function secondsOf({ seconds, nanos }: z.infer<typeof time>): number {
  return seconds + nanos / 1e9;
}

function measuresOf({ CreatedAt, CompletedAt = CreatedAt, numCachedSteps, numTotalSteps }: HistoryRecord) {
  const started = secondsOf(CreatedAt);
  return {
    startedOn: new Date(started * 1000).toISOString(),
    seconds: Math.round((secondsOf(CompletedAt) - started) * 1000) / 1000,
    steps: numTotalSteps,
    cachedSteps: numCachedSteps,
  };
}

function resultDigests({ Result: whole }: HistoryRecord): readonly string[] {
  const descriptors = [whole?.ResultDeprecated, ...Object.values(whole?.Results ?? {})];
  return descriptors.flatMap((each) => each?.digest ?? []);
}

/** An index has them by platform, a single image at the result itself. */
function attestationsOf({ Result: whole, Results: byPlatform }: HistoryRecord): readonly RecordedAttestation[] {
  const read = (list: z.infer<typeof attestation>[] | undefined, platform?: string): RecordedAttestation[] =>
    (list ?? []).map(({ digest, annotations }) => ({
      ...(platform === undefined ? {} : { platform }),
      predicateType: annotations?.["in-toto.io/predicate-type"] ?? "",
      digest,
    }));
  const perPlatform = Object.entries(byPlatform ?? {}).flatMap(([platform, each]) => read(each.Attestations, platform));
  return [...perPlatform, ...read(whole?.Attestations)];
}
