import { historyOf } from "../../domain/release/history.js";
import { standing } from "../../domain/rollback/standing.js";
import { isFixed, mayMean } from "../../domain/rollback/tags.js";
import { targetsOf } from "../../domain/rollback/targets.js";
import type { Rollback } from "../../domain/rollback/types.js";
import type { Settings } from "../../domain/settings/types.js";
import { formatRefusal } from "../../domain/verification/format.js";
import type { VerificationPolicy } from "../../domain/verification/types.js";
import { isVerified } from "../../domain/verification/verify.js";
import type { RegistryClient } from "../registry/client.js";
import { identityOf } from "../registry/identity.js";
import { RegistryError } from "../registry/registry-error.js";
import { headOf } from "../release/head.js";
import type { Verifier } from "../verify/verifier.js";

export interface RollbackContext {
  readonly settings: Pick<Settings, "channel" | "registry" | "stack">;
  readonly client: RegistryClient;
  readonly verifier: Verifier;
  readonly policy: VerificationPolicy;
  readonly rollbacks: readonly Rollback[];
}

/** Which tags of an image go back, and to what. */
export interface RollbackPlan extends Pick<Rollback, "image" | "from" | "to" | "tags"> {
  /** Tags of the release that stay, since they name nothing but it. */
  readonly staying: readonly string[];
  /** Newer releases that may not be gone back to, each with the reason. */
  readonly passedOver: readonly { readonly digest: string; readonly reason: string }[];
  /** The rollback that stands already, where this one only finishes it. */
  readonly finishes?: Rollback;
}

/** Why an image is not rolled back: a sentence, and what to do next. */
export class RollbackRefusal extends Error {
  override readonly name = "RollbackRefusal";

  constructor(
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}

/**
 * Finds what an image goes back to, and verifies that. Writes nothing. A rollback that stands is finished, not repeated.
 *
 * @param to digest; default: the last release before the one that the tags mean now which can be verified
 * @throws RollbackRefusal, RegistryError
 */
export async function planRollback(
  context: RollbackContext,
  image: string,
  to: string | undefined,
): Promise<RollbackPlan> {
  const { client, rollbacks, settings } = context;
  const repository = `${settings.registry}/${image}`;
  const earlier = standing(rollbacks, settings.stack, image);
  if (earlier !== undefined && (to === undefined || to === earlier.to)) {
    const reason = await refusalOf(context, image, earlier.to);
    if (reason !== undefined) throw refused(earlier.to, reason);
    const { from, tags } = earlier;
    return { image, from, to: earlier.to, tags, staying: [], passedOver: [], finishes: earlier };
  }

  const existing = await client.listTags(repository);
  const head = headOf(existing, settings.channel);
  const current = await digestOf(client, repository, head);
  if (current === undefined) {
    throw new RollbackRefusal("it has no release.", "Name a released image: `npm run up` ends with a table of them.");
  }
  const { target, passedOver } = await chooseTarget(context, { image, head, current, existing, to });
  const identity = await identityOf(client, repository, target);
  const named = await tagsOf(client, repository, existing, [current, ...(earlier === undefined ? [] : [earlier.from])]);
  return {
    image,
    from: current,
    to: target,
    tags: named.filter((tag) => mayMean(tag, identity)),
    staying: named.filter((tag) => !mayMean(tag, identity)),
    passedOver,
  };
}

interface TargetRequest {
  readonly image: string;
  readonly head: string;
  readonly current: string;
  readonly existing: readonly string[];
  readonly to: string | undefined;
}

async function chooseTarget(context: RollbackContext, { image, head, current, existing, to }: TargetRequest) {
  const { client, rollbacks, settings } = context;
  const repository = `${settings.registry}/${image}`;
  if (to !== undefined) {
    if (to === current) throw new RollbackRefusal(`${head} means ${to} already.`, "Name another digest.");
    const reason = await refusalOf(context, image, to);
    if (reason !== undefined) throw refused(to, reason);
    return { target: to, passedOver: [] };
  }
  const history = await Promise.all(historyOf(head, existing).map((tag) => digestOf(client, repository, tag)));
  const own = rollbacks.filter((each) => each.image === image && each.stack === settings.stack);
  const known = history.flatMap((digest) => digest ?? []);
  const passedOver: RollbackPlan["passedOver"][number][] = [];
  for (const digest of targetsOf(known, current, own)) {
    const reason = await refusalOf(context, image, digest);
    if (reason === undefined) return { target: digest, passedOver };
    passedOver.push({ digest, reason });
  }
  const found = passedOver.map(({ digest, reason }) => `\n   ${digest}: ${reason}`).join("");
  throw new RollbackRefusal(
    `${head} has no earlier release that can be verified.${found}`,
    "Name a digest of the image with --to, or mend the image and release it anew.",
  );
}

/** Why a digest of an image may not be gone back to. */
async function refusalOf(context: RollbackContext, image: string, digest: string): Promise<string | undefined> {
  const { policy, settings, verifier } = context;
  const repository = `${settings.registry}/${image}`;
  try {
    const verification = await verifier.verify({ repository, digest }, policy);
    if (!isVerified(verification)) return formatRefusal(verification);
    const made = verification.origin?.image;
    return made === image ? undefined : `its provenance says that it is the image ${made}.`;
  } catch (error) {
    if (error instanceof RegistryError && error.notFound)
      return "it is gone from the registry, or never was this image's.";
    throw error;
  }
}

function refused(digest: string, reason: string): RollbackRefusal {
  return new RollbackRefusal(
    `it cannot go back to ${digest}: ${reason}`,
    "Leave out --to for the last release that can be verified, or name another digest.",
  );
}

/** Tags that mean one of these digests now; those that never move are none of a rollback's business. */
async function tagsOf(
  client: RegistryClient,
  repository: string,
  existing: readonly string[],
  digests: readonly string[],
): Promise<readonly string[]> {
  const movable = existing.filter((tag) => !isFixed(tag));
  const meant = await Promise.all(movable.map((tag) => digestOf(client, repository, tag)));
  return movable.filter((_, index) => digests.includes(meant[index] ?? "")).sort();
}

async function digestOf(client: RegistryClient, repository: string, tag: string): Promise<string | undefined> {
  return (await client.headManifest(repository, tag))?.digest;
}
