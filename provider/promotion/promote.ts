import { predicateTypes } from "../../domain/evidence/predicates.js";
import { subjectsOf } from "../../domain/evidence/subjects.js";
import type { PlatformManifest, Statement } from "../../domain/evidence/types.js";
import { summaryOf } from "../../domain/promotion/summary.js";
import type { AttestedStatement } from "../../domain/verification/types.js";
import { openTrustedSigner } from "../evidence/trusted-signer.js";
import { RegistryClient } from "../registry/client.js";
import { copyImage, tag } from "../registry/copy.js";
import { readPlatforms } from "../registry/platforms.js";
import { RegistryError } from "../registry/registry-error.js";
import { attestationsOf, isThere } from "../release/attestations.js";
import { freeBuildTag } from "../release/build-tag.js";
import { recordHistory } from "../release/history.js";
import { lookAt } from "../release/look-at.js";
import type { ResourceContext } from "../resource-handler.js";
import { attest } from "../signing/attest.js";
import type { Signer } from "../signing/signer.js";
import { requireSigningWorkflow } from "../signing/signing-workflow.js";
import { findSummary } from "../verify/find-summary.js";
import type { PromotedImageInputs, PromotedImageState } from "./inputs.js";

/**
 * Copies a verified image, signs a verification summary beside it, and then sets its tags: a kill leaves no tag on what
 * nobody vouched for. What is there already is not written, and where all is there, its source is not asked.
 */
export async function promote(
  inputs: PromotedImageInputs,
  { root, signal }: ResourceContext,
): Promise<PromotedImageState> {
  const { digest, insecureRegistry, name, registry, signingKey, signingWorkflow, verificationKeys } = inputs;
  const client = new RegistryClient(registry, insecureRegistry);
  const repository = repositoryOf(inputs);
  const state = `${name} (${digest}) was verified, and nothing was copied.`;
  await requireSigningWorkflow(signingWorkflow, state, process.env, signal);
  const signer = await openTrustedSigner(signingKey, verificationKeys, root);
  const released = (await arrived(client, inputs, signal)) ?? (await fetchImage(client, inputs, signal));
  const subjects = subjectsOf(digest, released);
  const evidence = await attestationsOf(client, repository, subjects, signal);
  requireAll(inputs, evidence);
  const summary = await sign(client, inputs, signer, signal);
  const vouched = { subject: digest, predicateType: predicateTypes.summary, digest: summary };
  const attestations = [...evidence.filter((each) => each.digest !== summary), vouched];
  const tags = await setTags(client, inputs, signal);
  return { ...inputs, tags, released, attestations, summary };
}

/** What is there of it still; undefined where the image itself is gone. */
export async function stillPromoted(
  state: PromotedImageState,
  signal: AbortSignal,
): Promise<PromotedImageState | undefined> {
  const client = new RegistryClient(state.registry, state.insecureRegistry);
  const found = await lookAt(client, repositoryOf(state), state, signal);
  if (found === undefined) return undefined;
  const { there: _, ...seen } = found;
  return { ...state, ...seen };
}

/** The platforms of an image that has arrived with all that is asked of it; undefined where something is missing. */
async function arrived(
  client: RegistryClient,
  inputs: PromotedImageInputs,
  signal: AbortSignal,
): Promise<readonly PlatformManifest[] | undefined> {
  const repository = repositoryOf(inputs);
  try {
    const platforms = await readPlatforms(client, repository, inputs.digest, signal);
    const subjects = subjectsOf(inputs.digest, platforms);
    const there = await attestationsOf(client, repository, subjects, signal);
    return inputs.attested.every((statement) => isThere(statement, there)) ? platforms : undefined;
  } catch (error) {
    if (error instanceof RegistryError && error.notFound) return undefined;
    throw error;
  }
}

async function fetchImage(
  client: RegistryClient,
  inputs: PromotedImageInputs,
  signal: AbortSignal,
): Promise<readonly PlatformManifest[]> {
  const { digest, insecureSource, source: from } = inputs;
  const [host = ""] = from.split("/");
  const to = repositoryOf(inputs);
  await copyImage(client, { from, to, digest, source: new RegistryClient(host, insecureSource) }, signal);
  return readPlatforms(client, to, digest, signal);
}

/** What was verified is what has to lie here: somebody may have taken something away meanwhile. Nothing is signed when it throws. */
function requireAll(
  { attested, digest, name, source }: PromotedImageInputs,
  there: readonly AttestedStatement[],
): void {
  const lost = attested.filter((statement) => !isThere(statement, there));
  if (lost.length === 0) return;
  const what = lost.map(({ predicateType, subject }) => `${predicateType} of ${subject}`).join(", ");
  throw new Error(
    `${name} (${digest}): ${what} was verified in ${source} and is not there any more; nothing was signed or tagged. Run the same command again, which verifies it anew.`,
  );
}

/**
 * What was vouched for once stays so, under the policy that was asked then; another one is not claimed without asking.
 *
 * @returns the digest of the manifest that attaches the summary
 */
async function sign(
  client: RegistryClient,
  inputs: PromotedImageInputs,
  signer: Signer,
  signal: AbortSignal,
): Promise<string> {
  const { attested, digest, lineage, policy, verificationKeys: keys, verifier } = inputs;
  const repository = repositoryOf(inputs);
  const found = await findSummary(client, { repository, digest, keys, verifier }, signal);
  if (found !== undefined) return found.referrer;
  const attestations = attested.map((statement) => statement.digest);
  const facts = { verifier, resourceUri: `${repository}@${digest}`, policy, attestations, lineage };
  const statement: Statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ digest: { sha256: digest.slice("sha256:".length) } }],
    predicateType: predicateTypes.summary,
    predicate: summaryOf(facts, `${new Date().toISOString().slice(0, 19)}Z`),
  };
  const [referrer = ""] = await attest(
    client,
    { repository, subject: digest, statements: [statement], signer },
    signal,
  );
  return referrer;
}

/** The one that never moves first, the moving ones last; the history before them, as a release does it. */
async function setTags(
  client: RegistryClient,
  inputs: PromotedImageInputs,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { digest, head, movingTags } = inputs;
  const repository = repositoryOf(inputs);
  const existing = await client.listTags(repository, signal);
  const fixed = await freeBuildTag(client, repository, inputs, signal);
  await tag(client, repository, digest, fixed, signal);
  await recordHistory(client, { repository, digest, head, existing }, signal);
  for (const name of movingTags) await tag(client, repository, digest, name, signal);
  return [fixed, ...movingTags];
}

function repositoryOf({ registry, name }: PromotedImageInputs): string {
  return `${registry}/${name}`;
}
