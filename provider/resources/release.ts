import type { CheckFailure } from "@pulumi/pulumi/provider";
import { CraneError, crane, digestOf } from "../registry/crane.js";
import { readPlatforms } from "../registry/image-index.js";
import type { ResourceHandler } from "../resource-handler.js";
import type { ReleasedPlatform } from "../sdk/release.js";

interface ReleaseInputs {
  readonly registry: string;
  readonly name: string;
  readonly digest: string;
  readonly buildId: string;
  readonly platforms: readonly string[];
  readonly movingTags: readonly string[];
}

interface ReleaseState extends ReleaseInputs {
  readonly tags: readonly string[];
  readonly released: readonly ReleasedPlatform[];
}

const digestPattern = /^sha256:[0-9a-f]{64}$/;
const buildIdPattern = /^[0-9a-f]{64}$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/**
 * Copies a candidate from `candidate/<name>` to `<name>`. Order matters to whoever reads the registry meanwhile: the
 * digest with all its platforms first, under the tag that never moves, the moving tags last. A kill leaves no tag on half an image.
 */
export const release: ResourceHandler<ReleaseInputs, ReleaseState> = {
  compared: ["registry", "name", "digest", "buildId", "platforms", "movingTags"],

  check({ digest, buildId, movingTags }) {
    const failures: CheckFailure[] = [];
    if (digest !== undefined && !digestPattern.test(digest)) {
      const reason = `"${digest}" is no sha256 digest; an Image gives it as its output \`digest\``;
      failures.push({ property: "digest", reason });
    }
    if (buildId !== undefined && !buildIdPattern.test(buildId)) {
      failures.push({ property: "buildId", reason: `"${buildId}" is no sha256 in lower-case hex` });
    }
    for (const tag of movingTags ?? []) {
      if (tagPattern.test(tag)) continue;
      failures.push({ property: "movingTags", reason: `"${tag}" is no tag: ${tagPattern.source} is allowed` });
    }
    return failures;
  },

  async create(inputs, { signal }) {
    return { id: `${inputs.registry}/${inputs.name}`, state: await publish(inputs, signal) };
  },

  async update(_id, _old, inputs, { signal }) {
    return publish(inputs, signal);
  },

  async read(_id, state, { signal }) {
    const repository = repositoryOf(state);
    if ((await digestOf(`${repository}@${state.digest}`, signal)) === undefined) return undefined;
    const found = await Promise.all(state.tags.map((tag) => digestOf(`${repository}:${tag}`, signal)));
    const tags = state.tags.filter((_, index) => found[index] === state.digest);
    // A tag that left shows as a change of the moving tags, which the next `up` repairs.
    return { ...state, tags, movingTags: state.movingTags.filter((tag) => tags.includes(tag)) };
  },

  async delete() {},
};

async function publish(inputs: ReleaseInputs, signal: AbortSignal): Promise<ReleaseState> {
  const candidate = `${inputs.registry}/candidate/${inputs.name}`;
  const repository = repositoryOf(inputs);
  const released = await readCandidate(candidate, inputs, signal);
  requirePlatforms(inputs, released);

  const buildTag = await freeBuildTag(inputs, repository, signal);
  await crane(["copy", `${candidate}@${inputs.digest}`, `${repository}:${buildTag}`], signal);
  for (const tag of inputs.movingTags) await crane(["tag", `${repository}@${inputs.digest}`, tag], signal);
  return { ...inputs, released, tags: [buildTag, ...inputs.movingTags] };
}

async function readCandidate(candidate: string, { name, digest }: ReleaseInputs, signal: AbortSignal) {
  try {
    return await readPlatforms(candidate, digest, signal);
  } catch (error) {
    if (!(error instanceof CraneError && error.notFound)) throw error;
    throw new Error(
      `candidate ${digest} is no longer in quarantine (${candidate}); nothing was released. Build it again: npm run -s pulumi -- up --replace '**::${name}-image'`,
    );
  }
}

function requirePlatforms({ platforms, digest }: ReleaseInputs, released: readonly ReleasedPlatform[]): void {
  const found = released.map(({ platform }) => platform).sort();
  if (found.join() === [...platforms].sort().join()) return;
  throw new Error(
    `candidate ${digest} holds ${found.join(", ") || "no platform"}, but ${platforms.join(", ")} are declared; nothing was released. Build it again with all its platforms.`,
  );
}

/**
 * `b-<first 16 of the buildId>`; where an earlier build of the same inputs gave another digest (a changed secret, say),
 * that tag stays and the new one carries the digest too.
 */
async function freeBuildTag(
  { buildId, digest }: ReleaseInputs,
  repository: string,
  signal: AbortSignal,
): Promise<string> {
  const tag = `b-${buildId.slice(0, 16)}`;
  const taken = await digestOf(`${repository}:${tag}`, signal);
  return taken === undefined || taken === digest ? tag : `${tag}-${digest.slice("sha256:".length, 19)}`;
}

function repositoryOf({ registry, name }: ReleaseInputs): string {
  return `${registry}/${name}`;
}
