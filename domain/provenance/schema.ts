import { z } from "zod";

/** What our build type means stands in docs/supply-chain.md; a verifier refuses any other. */
export const BUILD_TYPE = "https://image-factory.dev/build/v1";

const digestSet = z.record(z.string(), z.string());

const resourceDescriptor = z.strictObject({ uri: z.string(), digest: digestSet });

/** Everything that a person can change from outside: an unknown key is something that we cannot judge. */
const externalParameters = z.strictObject({
  source: z.strictObject({
    /** `org.opencontainers.image.source` of the settings. */
    repository: z.string(),
    /** Full commit hash; empty where nothing is committed. */
    revision: z.string(),
    /** True where files differed from that commit: nobody can build this again. */
    dirty: z.boolean(),
  }),
  /** Id of the image variant. */
  image: z.string(),
  /** Relative to the repository's root. */
  dockerfile: z.string(),
  target: z.string().exactOptional(),
  /** Build arguments, `SOURCE_DATE_EPOCH` among them. */
  buildArgs: z.record(z.string(), z.string()),
  /** All platforms that were built together. */
  platforms: z.array(z.string()),
  /** Ids of the build secrets; their values are nowhere. */
  secrets: z.array(z.string()),
});

const internalParameters = z.strictObject({
  /** The plan's sha256 over all inputs. */
  buildId: z.string(),
  /** The platform that this predicate is about; absent at the index. */
  platform: z.string().exactOptional(),
  /** BuildKit's own build definition of that platform, as it recorded it. */
  buildkit: z.unknown().exactOptional(),
});

/** BuildKit's own judgement of its record, handed on as it is. */
const completeness = z.strictObject({ request: z.boolean(), resolvedDependencies: z.boolean() });

/** SLSA 1.x provenance as this factory writes it (https://slsa.dev/spec/v1.2/build-provenance). */
export const provenanceSchema = z.strictObject({
  buildDefinition: z.strictObject({
    buildType: z.literal(BUILD_TYPE),
    externalParameters,
    internalParameters,
    /** Base images, pool images and the source, each with its digest. */
    resolvedDependencies: z.array(resourceDescriptor),
  }),
  runDetails: z.strictObject({
    builder: z.strictObject({ id: z.string(), version: z.record(z.string(), z.string()) }),
    metadata: z.strictObject({
      /** BuildKit's id of the build. */
      invocationId: z.string(),
      startedOn: z.string(),
      finishedOn: z.string(),
      buildkit_completeness: completeness,
    }),
  }),
});

export type Provenance = z.output<typeof provenanceSchema>;
export type Material = z.output<typeof resourceDescriptor>;
