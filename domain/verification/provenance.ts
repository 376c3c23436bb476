import { z } from "zod";
import { BUILD_TYPE, type Provenance, provenanceSchema } from "../provenance/schema.js";
import { statementsOf } from "./attachments.js";
import { failure, rebuild } from "./failure.js";
import type { Judgement } from "./judge.js";
import type { Attachments, FailureCode, Origin, VerificationFailure, VerificationPolicy } from "./types.js";

/** What provenance is held against. */
export interface ProvenanceContext {
  /** `<registry>/<path>` that the image lies in. */
  readonly repository: string;
  /** Of the index. */
  readonly platforms: readonly string[];
  /** The platform that it has to be about; absent for the index. */
  readonly platform?: string;
  readonly policy: VerificationPolicy;
}

/** The predicate, or why it is none of ours: every part of it has to be known, since an unknown one could mean anything. */
export function readProvenance(predicate: unknown): {
  readonly value?: Provenance;
  readonly failures: readonly VerificationFailure[];
} {
  const result = provenanceSchema.safeParse(predicate);
  if (result.success) return { value: result.data, failures: [] };
  const told = new Map(result.error.issues.map(failureOf).map((each) => [each.finding, each]));
  return { failures: [...told.values()] };
}

/** All that can be read: several keys, or several builds that gave one digest, make several. */
export function provenancesIn(attachments: Attachments): readonly Provenance[] {
  return statementsOf("provenance", attachments).flatMap(
    ({ statement }) => readProvenance(statement.predicate).value ?? [],
  );
}

/** Any of them: all are about the same digest, and signed by keys that count. */
export function provenanceIn(attachments: Attachments): Provenance | undefined {
  return provenancesIn(attachments)[0];
}

export function originOf({ buildDefinition, runDetails }: Provenance): Origin {
  const { image, source } = buildDefinition.externalParameters;
  const { buildId } = buildDefinition.internalParameters;
  return { image, builder: runDetails.builder.id, source: source.repository, revision: source.revision, buildId };
}

/** Whether an image's provenance is one that the policy trusts, and is about this image. */
export function judgeProvenance(predicate: unknown, context: ProvenanceContext): Judgement {
  const { value, failures } = readProvenance(predicate);
  if (value === undefined) return { detail: "", failures };
  const { builder, source, revision } = originOf(value);
  const commit = revision === "" ? "not committed" : revision.slice(0, 12);
  return {
    detail: `${builder} from ${source} (${commit})`,
    failures: [
      ...otherImage(value, context),
      ...otherPlatforms(value, context),
      ...untrusted(originOf(value), context.policy),
      ...dirtySource(value, context.policy),
      ...overstated(value),
    ],
  };
}

/** Whether builder and source are trusted. */
export function untrusted(
  { builder, source }: Origin,
  { builders, sources }: VerificationPolicy,
): VerificationFailure[] {
  const failures: VerificationFailure[] = [];
  if (!builders.includes(builder)) {
    const remedy = "Build it with the stack's own builder, or trust that one: see factory:builderId.";
    failures.push(failure("builder", `the builder is "${builder}"; allowed: ${list(builders)}.`, remedy));
  }
  if (!sources.includes(source)) {
    const remedy = "Build it from the stack's own source repository, or trust that one: see factory:source.";
    failures.push(failure("source", `it was built from ${source}; allowed: ${list(sources)}.`, remedy));
  }
  return failures;
}

/** A statement holds for a digest in whatever repository, so that a proved image could stand in for another one. */
function otherImage({ buildDefinition }: Provenance, { repository }: ProvenanceContext): VerificationFailure[] {
  const { image } = buildDefinition.externalParameters;
  if (repository.endsWith(`/${image}`)) return [];
  const finding = `it was built as "${image}", but lies in ${repository}; allowed is a repository of that name.`;
  return [failure("other-image", finding, `Take the digest that was built as ${repository.split("/").at(-1)}.`)];
}

function otherPlatforms(
  { buildDefinition: { externalParameters, internalParameters } }: Provenance,
  { platforms, platform }: ProvenanceContext,
): VerificationFailure[] {
  const failures: VerificationFailure[] = [];
  const built = [...externalParameters.platforms].sort().join(", ");
  const held = [...platforms].sort().join(", ");
  if (built !== held) {
    failures.push(failure("platforms", `it says that ${built} were built, but the index holds ${held}.`, rebuild));
  }
  if (internalParameters.platform !== platform) {
    const about = internalParameters.platform ?? "the index";
    failures.push(
      failure("platforms", `it is about ${about}; required is one about ${platform ?? "the index"}.`, rebuild),
    );
  }
  return failures;
}

function dirtySource({ buildDefinition }: Provenance, { development }: VerificationPolicy): VerificationFailure[] {
  const { source } = buildDefinition.externalParameters;
  if (development || !source.dirty) return [];
  const finding = "it was built from files that are in no commit, which only a local stack allows.";
  return [failure("source", finding, "Commit the files and build it again.")];
}

/** A record of local files names nothing that they could be fetched by, and files of no commit have no commit. */
function overstated({ buildDefinition, runDetails }: Provenance): VerificationFailure[] {
  const { source } = buildDefinition.externalParameters;
  const failures: VerificationFailure[] = [];
  const claims = runDetails.metadata.buildkit_completeness.resolvedDependencies;
  if (claims && usesLocalFiles(buildDefinition.internalParameters.buildkit)) {
    const finding = "it says that its materials are complete, although local files were used, which it cannot name.";
    failures.push(failure("completeness", finding, rebuild));
  }
  const commits = buildDefinition.resolvedDependencies.filter(({ digest }) => digest.gitCommit !== undefined);
  if (source.dirty && commits.length > 0) {
    const finding = `it names the commit ${commits[0]?.digest.gitCommit} as a material, although files differed from it.`;
    failures.push(failure("completeness", finding, rebuild));
  }
  return failures;
}

const buildkitSchema = z.object({
  externalParameters: z.object({ request: z.object({ locals: z.array(z.unknown()).default([]) }) }),
});

function usesLocalFiles(buildkit: unknown): boolean {
  const { data } = buildkitSchema.safeParse(buildkit);
  return data !== undefined && data.externalParameters.request.locals.length > 0;
}

/** The provenance of an index may claim no more than those of its platforms, and has to name all that they name. */
export function judgeJoined(index: Provenance, platforms: readonly Provenance[]): readonly VerificationFailure[] {
  const failures: VerificationFailure[] = [];
  const named = new Set(index.buildDefinition.resolvedDependencies.map(({ uri }) => uri));
  for (const { buildDefinition } of platforms) {
    for (const { uri } of buildDefinition.resolvedDependencies) {
      if (named.has(uri)) continue;
      const platform = buildDefinition.internalParameters.platform ?? "a platform";
      failures.push(failure("completeness", `it does not name ${uri}, a material of ${platform}.`, rebuild));
    }
  }
  const completeness = (provenance: Provenance) => provenance.runDetails.metadata.buildkit_completeness;
  for (const part of ["request", "resolvedDependencies"] as const) {
    if (!completeness(index)[part] || platforms.every((each) => completeness(each)[part])) continue;
    const finding = `it says that ${part === "request" ? "its parameters are" : "its materials are"} complete, which its platforms do not say.`;
    failures.push(failure("completeness", finding, rebuild));
  }
  return failures;
}

function failureOf(issue: z.core.$ZodIssue): VerificationFailure {
  const path = issue.path.map(String).join(".");
  if (path === "buildDefinition.buildType") {
    const finding = `its build type is not ${BUILD_TYPE}, the only one whose meaning is known here.`;
    return failure("build-type", finding, rebuild);
  }
  const code: FailureCode = path.startsWith("buildDefinition.externalParameters") ? "parameters" : "predicate";
  if (issue.code === "unrecognized_keys") {
    const keys = issue.keys.map((key) => `${path}.${key}`).join(", ");
    return failure(code, `it holds ${keys}, whose meaning is not known here.`, rebuild);
  }
  return failure(code, `${path || "it"} is not what provenance has there: ${issue.message}.`, rebuild);
}

function list(values: readonly string[]): string {
  return values.length === 0 ? "none" : values.join(", ");
}
