import type { CheckFailure } from "@pulumi/pulumi/provider";
import type { PlatformManifest } from "../../domain/evidence/types.js";
import { RegistryClient } from "../registry/client.js";
import { copyImage, tag } from "../registry/copy.js";
import { readPlatforms } from "../registry/platforms.js";
import { listReferrers } from "../registry/referrers.js";
import { RegistryError } from "../registry/registry-error.js";
import type { ResourceHandler } from "../resource-handler.js";

interface ReleaseInputs {
  readonly registry: string;
  readonly insecureRegistry: boolean;
  readonly name: string;
  readonly digest: string;
  readonly buildId: string;
  readonly platforms: readonly string[];
  readonly movingTags: readonly string[];
}

interface ReleaseState extends ReleaseInputs {
  readonly tags: readonly string[];
  readonly released: readonly PlatformManifest[];
  /** Digests of the attestations that came with it, by what they are about, sorted. */
  readonly attestations: Readonly<Record<string, readonly string[]>>;
}

const digestPattern = /^sha256:[0-9a-f]{64}$/;
const buildIdPattern = /^[0-9a-f]{64}$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/**
 * Copies a candidate from `candidate/<name>` to `<name>`. Order matters to whoever reads the registry meanwhile: the
 * digest with all its platforms and attestations first, then the tag that never moves, the moving tags last. A kill leaves
 * no tag on half an image.
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
    for (const name of movingTags ?? []) {
      if (tagPattern.test(name)) continue;
      failures.push({ property: "movingTags", reason: `"${name}" is no tag: ${tagPattern.source} is allowed` });
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
    const client = new RegistryClient(state.registry, state.insecureRegistry);
    if ((await client.headManifest(repository, state.digest, signal)) === undefined) return undefined;
    const found = await Promise.all(state.tags.map((name) => client.headManifest(repository, name, signal)));
    const tags = state.tags.filter((_, index) => found[index]?.digest === state.digest);
    const attestations = await attestationsOf(client, repository, Object.keys(state.attestations), signal);
    const complete = JSON.stringify(attestations) === JSON.stringify(state.attestations);
    // What left shows as a change of an input, which the next `up` repairs.
    const movingTags = complete ? state.movingTags.filter((name) => tags.includes(name)) : [];
    return { ...state, tags, movingTags, attestations };
  },

  async delete() {},
};

async function publish(inputs: ReleaseInputs, signal: AbortSignal): Promise<ReleaseState> {
  const client = new RegistryClient(inputs.registry, inputs.insecureRegistry);
  const candidate = `${inputs.registry}/candidate/${inputs.name}`;
  const repository = repositoryOf(inputs);
  const released = await readCandidate(client, candidate, inputs, signal);
  requirePlatforms(inputs, released);

  const { digest } = inputs;
  await copyImage(client, { from: candidate, to: repository, digest }, signal);
  const tags = [await freeBuildTag(client, inputs, repository, signal), ...inputs.movingTags];
  for (const name of tags) await tag(client, repository, digest, name, signal);
  const subjects = [digest, ...released.map((platform) => platform.digest)];
  return { ...inputs, released, tags, attestations: await attestationsOf(client, repository, subjects, signal) };
}

/** What is attached to each subject; a subject with nothing is left out. */
async function attestationsOf(
  client: RegistryClient,
  repository: string,
  subjects: readonly string[],
  signal: AbortSignal,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const lists = await Promise.all(subjects.map((subject) => listReferrers(client, repository, subject, signal)));
  const entries = lists.map((list, index) => [subjects[index] ?? "", list.map(({ digest }) => digest).sort()] as const);
  return Object.fromEntries(entries.filter(([, digests]) => digests.length > 0));
}

async function readCandidate(
  client: RegistryClient,
  candidate: string,
  { name, digest }: ReleaseInputs,
  signal: AbortSignal,
): Promise<readonly PlatformManifest[]> {
  try {
    return await readPlatforms(client, candidate, digest, signal);
  } catch (error) {
    if (!(error instanceof RegistryError && error.notFound)) throw error;
    throw new Error(
      `candidate ${digest} is no longer in quarantine (${candidate}); nothing was released. Build it again: npm run -s pulumi -- up --replace '**::${name}-image'`,
    );
  }
}

function requirePlatforms({ platforms, digest }: ReleaseInputs, released: readonly PlatformManifest[]): void {
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
  client: RegistryClient,
  { buildId, digest }: ReleaseInputs,
  repository: string,
  signal: AbortSignal,
): Promise<string> {
  const name = `b-${buildId.slice(0, 16)}`;
  const taken = await client.headManifest(repository, name, signal);
  return taken === undefined || taken.digest === digest ? name : `${name}-${digest.slice("sha256:".length, 19)}`;
}

function repositoryOf({ registry, name }: ReleaseInputs): string {
  return `${registry}/${name}`;
}
