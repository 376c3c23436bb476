import { subjectsOf } from "../../domain/evidence/subjects.js";
import type { AttestedStatement } from "../../domain/verification/types.js";
import { RegistryClient } from "../registry/client.js";
import { copyImage, tag } from "../registry/copy.js";
import type { Credentials } from "../registry/credentials.js";
import { readPlatforms } from "../registry/platforms.js";
import { RegistryError } from "../registry/registry-error.js";
import { attestationsOf } from "../release/attestations.js";
import { lookAt } from "../release/look-at.js";
import type { MirroredImageInputs, MirroredImageState } from "./inputs.js";

/** Copies an image with all that is attached to it, and then sets its tags: a kill leaves no tag on half an image. */
export async function mirrorRelease(inputs: MirroredImageInputs, signal: AbortSignal): Promise<MirroredImageState> {
  const { digest, from, to } = inputs;
  const source = new RegistryClient(from, inputs.insecureSource);
  const client = targetOf(inputs);
  await copyImage(client, { from, to, digest, source }, signal);
  const released = await readPlatforms(client, to, digest, signal);
  const subjects = subjectsOf(digest, released);
  const [attached, there] = await Promise.all([
    attestationsOf(source, from, subjects, signal),
    attestationsOf(client, to, subjects, signal),
  ]);
  const lost = missing(attached, there);
  if (lost.length > 0) {
    const what = lost.map(({ predicateType, subject }) => `${predicateType} of ${subject}`).join(", ");
    throw new Error(`${to}@${digest} has not got ${what}; it was not tagged. Run the same command again.`);
  }
  for (const name of inputs.tags) await tag(client, to, digest, name, signal);
  return { ...inputs, released, attestations: attached };
}

/**
 * What is there of it still; undefined where the image itself is gone. Where something is missing, or was attached at its
 * source since, its tags are told as lost, which the next `up` repairs.
 */
export async function stillMirrored(
  state: MirroredImageState,
  signal: AbortSignal,
): Promise<MirroredImageState | undefined> {
  const found = await lookAt(targetOf(state), state.to, { ...state, movingTags: state.tags }, signal);
  if (found === undefined) return undefined;
  const behind = missing(await attachedSince(state, signal), found.there).length > 0;
  return { ...state, tags: behind ? [] : found.movingTags };
}

/** Nothing where the source does not answer, or has forgotten the image: the copy stands alone. */
async function attachedSince(
  { digest, from, insecureSource, released }: MirroredImageState,
  signal: AbortSignal,
): Promise<readonly AttestedStatement[]> {
  const subjects = subjectsOf(digest, released);
  try {
    return await attestationsOf(new RegistryClient(from, insecureSource), from, subjects, signal);
  } catch (error) {
    if (error instanceof RegistryError) return [];
    throw error;
  }
}

function missing(
  attached: readonly AttestedStatement[],
  there: readonly AttestedStatement[],
): readonly AttestedStatement[] {
  const known = new Set(there.map(({ digest }) => digest));
  return attached.filter(({ digest }) => !known.has(digest));
}

function targetOf({ to, insecureRegistry, login }: MirroredImageInputs): RegistryClient {
  return new RegistryClient(to, insecureRegistry, login === undefined ? undefined : credentialsOf(to, login));
}

/** @param login the password as `env:NAME` */
function credentialsOf(to: string, { username, password: reference }: Credentials): Credentials {
  const name = reference.slice("env:".length);
  const password = process.env[name];
  if (password === undefined || password === "") {
    throw new Error(
      `the environment variable ${name}, which holds the password of ${username} at ${to}, is not set: nothing was copied there. Set it, or log in with \`docker login\` and leave username and password out of factory:mirrors.`,
    );
  }
  return { username, password };
}
