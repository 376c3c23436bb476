import type { CheckFailure } from "@pulumi/pulumi/provider";
import { subjectsOf } from "../../domain/evidence/subjects.js";
import type { PlatformManifest } from "../../domain/evidence/types.js";
import { tagsThatAdvance } from "../../domain/release/advance.js";
import type { AttestedStatement } from "../../domain/verification/types.js";
import { RegistryClient } from "../registry/client.js";
import { copyImage, tag } from "../registry/copy.js";
import { readPlatforms } from "../registry/platforms.js";
import { RegistryError } from "../registry/registry-error.js";
import { attestationsOf, missingOf } from "../release/attestations.js";
import { freeBuildTag } from "../release/build-tag.js";
import { recordHistory } from "../release/history.js";
import { lookAt } from "../release/look-at.js";
import type { ResourceHandler } from "../resource-handler.js";

interface ReleaseInputs {
  readonly registry: string;
  readonly insecureRegistry: boolean;
  readonly name: string;
  readonly digest: string;
  readonly buildId: string;
  readonly platforms: readonly string[];
  readonly movingTags: readonly string[];
  readonly fixedTags?: readonly string[];
  readonly head?: string;
  readonly lifted?: string;
  readonly attested?: readonly AttestedStatement[];
  readonly verificationKeys?: readonly string[];
  readonly quarantined?: boolean;
}

interface ReleaseState extends ReleaseInputs {
  readonly tags: readonly string[];
  readonly released: readonly PlatformManifest[];
  /** What came with it, by subject and digest. */
  readonly attestations: readonly AttestedStatement[];
}

const digestPattern = /^sha256:[0-9a-f]{64}$/;
const buildIdPattern = /^[0-9a-f]{64}$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/**
 * Copies a candidate from `candidate/<name>` to `<name>`. Order matters to whoever reads the registry meanwhile: the
 * digest with all its platforms and attestations first, then the tags that never move, the moving tags last. A kill leaves
 * no tag on half an image.
 */
export const release: ResourceHandler<ReleaseInputs, ReleaseState> = {
  texts: ["attested", "attestations"],

  compared: [
    "registry",
    "name",
    "digest",
    "buildId",
    "platforms",
    "movingTags",
    "fixedTags",
    "head",
    "attested",
    "lifted",
    "quarantined",
  ],

  check({ digest, buildId, movingTags, fixedTags }) {
    const failures: CheckFailure[] = [];
    if (digest !== undefined && !digestPattern.test(digest)) {
      const reason = `"${digest}" is no sha256 digest; an Image gives it as its output \`digest\``;
      failures.push({ property: "digest", reason });
    }
    if (buildId !== undefined && !buildIdPattern.test(buildId)) {
      failures.push({ property: "buildId", reason: `"${buildId}" is no sha256 in lower-case hex` });
    }
    for (const [property, names] of Object.entries({ movingTags, fixedTags })) {
      for (const name of names ?? []) {
        if (tagPattern.test(name)) continue;
        failures.push({ property, reason: `"${name}" is no tag: ${tagPattern.source} is allowed` });
      }
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
    if (state.quarantined) return state;
    const found = await lookAt(client, repository, state, signal);
    if (found === undefined) return undefined;
    // What left shows as a change of an input, which the next `up` repairs.
    const { there, ...seen } = found;
    const keys = state.verificationKeys ?? [];
    const missing = await missingOf(client, repository, state.attested ?? [], there, keys, signal);
    const attested = state.attested?.filter((statement) => !missing.includes(statement));
    return { ...state, ...seen, ...(attested === undefined ? {} : { attested }) };
  },

  async delete() {},
};

async function publish(inputs: ReleaseInputs, signal: AbortSignal): Promise<ReleaseState> {
  const client = new RegistryClient(inputs.registry, inputs.insecureRegistry);
  const candidate = `${inputs.registry}/candidate/${inputs.name}`;
  const repository = repositoryOf(inputs);
  const released = await readCandidate(client, candidate, inputs, signal);
  requirePlatforms(inputs, released);
  if (inputs.quarantined) return { ...inputs, released, tags: [], attestations: [] };

  const { attested = [], digest, fixedTags = [], movingTags, verificationKeys = [] } = inputs;
  await requireFree(client, repository, digest, fixedTags, signal);
  const existing = await client.listTags(repository, signal);
  const moving = tagsThatAdvance({ fixed: fixedTags, moving: movingTags }, existing);
  await copyImage(client, { from: candidate, to: repository, digest }, signal);
  const subjects = subjectsOf(digest, released);
  const attestations = await attestationsOf(client, repository, subjects, signal);
  const missing = await missingOf(client, repository, attested, attestations, verificationKeys, signal);
  requireAttested(inputs, attested, missing);
  const tags = [await freeBuildTag(client, repository, inputs, signal), ...fixedTags, ...moving];
  for (const name of tags.slice(0, 1 + fixedTags.length)) await tag(client, repository, digest, name, signal);
  // Before the tags move: a kill between leaves an entry too many, and not one too few.
  if (inputs.head !== undefined && moving.includes(inputs.head)) {
    await recordHistory(client, { repository, digest, head: inputs.head, existing }, signal);
  }
  for (const name of moving) await tag(client, repository, digest, name, signal);
  return { ...inputs, released, tags, attestations };
}

/** Somebody may have taken evidence away since it was attached. Nothing has a tag yet when it throws. */
function requireAttested(
  { digest, name }: ReleaseInputs,
  attested: readonly AttestedStatement[],
  missing: readonly AttestedStatement[],
): void {
  if (missing.length === 0) return;
  throw new Error(
    `${missing.length} of the ${attested.length} attestations of ${name} (${digest}) are gone from quarantine, or were replaced by what no verification key has signed; nothing was released. Attach them again: npm run -s pulumi -- refresh, then npm run up`,
  );
}

/** Tags that never move and mean another digest already. Nothing has been written when it throws. */
async function requireFree(
  client: RegistryClient,
  repository: string,
  digest: string,
  fixedTags: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const found = await Promise.all(fixedTags.map((name) => client.headManifest(repository, name, signal)));
  const taken = fixedTags.flatMap((name, index) => {
    const other = found[index]?.digest;
    return other === undefined || other === digest ? [] : [`${name} is ${other}`];
  });
  if (taken.length === 0) return;
  throw new Error(
    `${repository}: ${taken.join(", ")}, and these tags never move: ${digest} was not released. Release it as the next version or commit, or under the channel (factory:release: channel).`,
  );
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

function repositoryOf({ registry, name }: ReleaseInputs): string {
  return `${registry}/${name}`;
}
