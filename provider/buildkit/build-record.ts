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
const indexSchema = z.object({ manifests: z.array(descriptor).optional() });
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
  const records = await recordsWith(buildkitHost, digest, options);
  const newest = records.find((record) => resultDigests(record).includes(digest));
  return newest && recordOf(newest);
}

/** All records in which a text stands, newest first; most need no parsing. */
async function recordsWith(
  buildkitHost: string,
  text: string,
  options: BuildctlOptions,
): Promise<readonly HistoryRecord[]> {
  const lines = await buildctl(buildkitHost, ["debug", "histories", "--format", "{{json .}}"], options);
  return lines
    .split("\n")
    .filter((line) => line.includes(text))
    .map((line) => historyEvent.parse(JSON.parse(line)).record)
    .sort((left, right) => createdAt(right) - createdAt(left));
}

/** Whether an index of the daemon's own store names a manifest. */
async function lists(
  buildkitHost: string,
  index: string,
  manifest: string,
  options: BuildctlOptions,
): Promise<boolean> {
  const { manifests = [] } = indexSchema.parse(
    JSON.parse(await buildctl(buildkitHost, ["debug", "get", index], options)),
  );
  return manifests.some(({ digest }) => digest === manifest);
}

function recordOf(record: HistoryRecord): BuildRecord {
  return { ref: record.Ref, measures: measuresOf(record), attestations: attestationsOf(record) };
}

/**
 * The newest record of a build that a manifest is a part of: what one daemon of several built of an image, whose index buildx
 * made of all parts. The daemon's own index lists it.
 *
 * @param part digest of a platform's manifest
 * @param repository where it was pushed: `<registry>/<path>`
 */
export async function findPartRecord(
  buildkitHost: string,
  part: string,
  repository: string,
  options: BuildctlOptions = {},
): Promise<BuildRecord | undefined> {
  for (const record of await recordsWith(buildkitHost, repository, options)) {
    for (const digest of resultDigests(record)) {
      if (digest === part || (await lists(buildkitHost, digest, part, options))) return recordOf(record);
    }
  }
  return undefined;
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
