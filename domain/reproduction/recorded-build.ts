import { z } from "zod";
import type { Platform } from "../catalogue/types.js";
import { parseImageName, repositoryName } from "../dockerfile/image-name.js";
import type { Checked, Problem } from "../problems.js";
import type { Provenance } from "../provenance/schema.js";
import { materialsOf } from "../verification/materials.js";

/** An image by digest. */
export interface PinnedImage {
  /** Normalised, without tag. */
  readonly repository: string;
  readonly digest: string;
}

/** What provenance says of a build, as far as it is needed to do the same again. */
export interface RecordedBuild {
  /** Id of the image variant. */
  readonly image: string;
  /** Source repository, as in the image's labels. */
  readonly source: string;
  /** Full commit. */
  readonly revision: string;
  /** Relative to the project's root. */
  readonly dockerfile: string;
  readonly target?: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly platforms: readonly Platform[];
  /** Ids of the build secrets. */
  readonly secrets: readonly string[];
  /** Every image that went in, by digest. */
  readonly materials: readonly PinnedImage[];
  /** The one of them that each name of the Dockerfile stood for. */
  readonly contexts: ReadonlyMap<string, PinnedImage>;
  /** Version of the BuildKit that built it, e.g. `v0.31.1`; another one may give other digests. */
  readonly buildkit: string;
}

/** Of BuildKit's own build definition: the options of its frontend, among them what each name is replaced by. */
const buildkitSchema = z.object({
  externalParameters: z.object({ request: z.object({ args: z.record(z.string(), z.string()).default({}) }) }),
});

const CONTEXT = "context:";
const DOCKER_IMAGE = "docker-image://";

/**
 * The build that the provenance of an index and of one of its platforms describe. A build that nobody can do again is a problem.
 *
 * @param file what problems name as their place: the image's reference
 */
export function recordedBuild(
  file: string,
  index: Provenance,
  platform: Provenance,
): Checked<RecordedBuild | undefined> {
  const { source, ...parameters } = index.buildDefinition.externalParameters;
  const { repository, revision, dirty } = source;
  const problem = (message: string, remedy: string): Problem => ({ place: { file }, message, remedy });
  const committed = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(revision);
  if (dirty || !committed) {
    const from = committed
      ? `${revision.slice(0, 12)}-dirty, files changed since that commit`
      : "files that are in no commit";
    const remedy = "Commit them, build and release the image, and reproduce that release.";
    return { value: undefined, problems: [problem(`it was built from ${from}: nobody can build it again.`, remedy)] };
  }
  const materials = materialsOf([index]).flatMap((material) =>
    material.kind === "image" ? [normalised(material)] : [],
  );
  const args = buildkitSchema.safeParse(platform.buildDefinition.internalParameters.buildkit);
  const contexts = contextsOf(args.data?.externalParameters.request.args ?? {});
  const unknown = [...contexts].filter(([, pin]) => !materials.some(({ digest }) => digest === pin.digest));
  const { buildkit = "" } = index.runDetails.builder.version;
  return {
    value: { ...parameters, source: repository, revision, materials, contexts, buildkit },
    problems: unknown.map(([name, { digest }]) =>
      problem(
        `its provenance says that ${name} was ${digest}, which is none of its materials.`,
        "Build and release the image anew: this record contradicts itself.",
      ),
    ),
  };
}

function contextsOf(args: Readonly<Record<string, string>>): ReadonlyMap<string, PinnedImage> {
  const contexts = new Map<string, PinnedImage>();
  for (const [key, value] of Object.entries(args)) {
    if (!key.startsWith(CONTEXT) || !value.startsWith(DOCKER_IMAGE)) continue;
    const [repository = "", digest = ""] = value.slice(DOCKER_IMAGE.length).split("@");
    contexts.set(key.slice(CONTEXT.length), normalised({ repository, digest }));
  }
  return contexts;
}

/** Provenance names images of Docker Hub by their short names. */
function normalised({ repository, digest }: PinnedImage): PinnedImage {
  const name = parseImageName(repository);
  return { repository: name === undefined ? repository : repositoryName(name), digest };
}
