import type { Platform } from "../catalogue/types.js";
import type { Revision } from "../plan/types.js";
import type { BuildkitProvenance } from "./buildkit.js";
import { BUILD_TYPE, type Material, type Provenance } from "./schema.js";

/** What BuildKit cannot know of a build: whom it was made for, and from which commit. */
export interface BuildFacts {
  readonly builderId: string;
  /** Versions of what built, by name, e.g. `{ buildkit: "v0.31.1" }`. */
  readonly versions: Readonly<Record<string, string>>;
  readonly repository: string;
  readonly revision: Revision;
  /** Id of the image variant. */
  readonly image: string;
  readonly dockerfile: string;
  readonly target?: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly platforms: readonly Platform[];
  /** Ids of the build secrets. */
  readonly secrets: readonly string[];
  readonly buildId: string;
}

/**
 * BuildKit's record of one platform, completed by what it leaves empty. Its own judgement of completeness stays as it is:
 * for local contexts it says false, and a commit that we add does not make it true.
 */
export function completeProvenance(record: BuildkitProvenance, platform: Platform, facts: BuildFacts): Provenance {
  const { resolvedDependencies, ...buildkit } = record.buildDefinition;
  const { invocationId, startedOn, finishedOn, buildkit_completeness } = record.runDetails.metadata;
  return {
    buildDefinition: {
      buildType: BUILD_TYPE,
      externalParameters: externalParametersOf(facts),
      internalParameters: { buildId: facts.buildId, platform, buildkit },
      resolvedDependencies: unique([...(resolvedDependencies ?? []), ...sourceOf(facts)]),
    },
    runDetails: {
      builder: { id: facts.builderId, version: { ...facts.versions } },
      metadata: { invocationId, startedOn, finishedOn, buildkit_completeness },
    },
  };
}

/** The provenance of an index: the materials of all its platforms; as complete as the least complete of them. */
export function joinProvenance(platforms: readonly [Provenance, ...Provenance[]]): Provenance {
  const [first] = platforms;
  const { platform: _, buildkit: __, ...internalParameters } = first.buildDefinition.internalParameters;
  const materials = platforms.flatMap(({ buildDefinition }) => buildDefinition.resolvedDependencies);
  const judgements = platforms.map(({ runDetails }) => runDetails.metadata.buildkit_completeness);
  return {
    buildDefinition: { ...first.buildDefinition, internalParameters, resolvedDependencies: unique(materials) },
    runDetails: {
      ...first.runDetails,
      metadata: {
        ...first.runDetails.metadata,
        buildkit_completeness: {
          request: judgements.every(({ request }) => request),
          resolvedDependencies: judgements.every(({ resolvedDependencies }) => resolvedDependencies),
        },
      },
    },
  };
}

function externalParametersOf(facts: BuildFacts): Provenance["buildDefinition"]["externalParameters"] {
  const { repository, revision, image, dockerfile, target, buildArgs, platforms, secrets } = facts;
  return {
    source: { repository, revision: revision.commit, dirty: revision.dirty },
    image,
    dockerfile,
    ...(target === undefined ? {} : { target }),
    buildArgs: { ...buildArgs },
    platforms: [...platforms],
    secrets: [...secrets],
  };
}

/** The commit is a material only of what was built from it alone. */
function sourceOf({ repository, revision }: BuildFacts): readonly Material[] {
  if (revision.dirty || revision.commit === "") return [];
  return [{ uri: `git+${repository}`, digest: { gitCommit: revision.commit } }];
}

function unique(materials: readonly Material[]): Material[] {
  const byUri = new Map(materials.map((material) => [material.uri, { uri: material.uri, digest: material.digest }]));
  return [...byUri.values()].sort((left, right) => (left.uri < right.uri ? -1 : 1));
}
