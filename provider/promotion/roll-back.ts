import { type Problem, ProblemsError } from "../../domain/problems.js";
import { admissionOf, type PromotingSettings } from "../../domain/promotion/policy.js";
import type { PromotedRelease } from "../../domain/promotion/types.js";
import { withdraw } from "../../domain/promotion/withdraw.js";
import type { Recall } from "../../domain/recall/types.js";
import { historyOf } from "../../domain/release/history.js";
import { targetsOf } from "../../domain/rollback/targets.js";
import { formatRefusal } from "../../domain/verification/format.js";
import type { Verification } from "../../domain/verification/types.js";
import { isVerified } from "../../domain/verification/verify.js";
import { RegistryClient } from "../registry/client.js";
import { RegistryError } from "../registry/registry-error.js";
import { verifyCopy } from "../verify/verify-copy.js";
import { releaseOf } from "./find-releases.js";

export interface PromotionRollback {
  readonly settings: PromotingSettings;
  readonly releases: readonly PromotedRelease[];
  /** Public keys (PEM) that have to have signed the evidence, and those of this stack. */
  readonly sourceKeys: readonly string[];
  readonly verificationKeys: readonly string[];
  readonly recalls: readonly Recall[];
  readonly images: readonly string[];
  /** Digest; for one image only. Default: the newest earlier one that can be verified. */
  readonly to?: string;
  readonly reason: string;
  readonly by: string;
  /** ISO 8601, UTC, seconds. */
  readonly now: string;
}

export interface RolledBackPromotion {
  readonly entry: PromotedRelease;
  readonly from: string;
  readonly passedOver: readonly { readonly digest: string; readonly reason: string }[];
}

/**
 * The entries with which images go back to what the stage ran before, by the history that its own registry keeps. Each is
 * verified there; where it came from is not asked. Writes nothing.
 *
 * @throws ProblemsError with every image that cannot go back
 */
export async function rollBackPromotions(
  request: PromotionRollback,
  signal: AbortSignal,
): Promise<readonly RolledBackPromotion[]> {
  const { images, releases, settings } = request;
  const problems: Problem[] = [];
  const done = await Promise.all(
    images.map(async (image) => {
      const current = releases.find((each) => each.image === image);
      const refuse = (message: string, remedy: string) => {
        problems.push({ place: { file: settings.promotes.releases }, message, remedy });
        return [];
      };
      if (current === undefined) return refuse(`${image} is not promoted.`, "Name an image that the file lists.");
      const { target, passedOver } = await choose(request, current, signal);
      if (target !== undefined) {
        const client = new RegistryClient(settings.registry, settings.insecureRegistry);
        const from = { stack: current.stack, registry: settings.promotes.registry, channel: "" };
        const keys = request.sourceKeys;
        return [
          {
            entry: withdraw(current, await releaseOf({ client, from, keys }, image, target), {
              ...request,
              at: request.now,
            }),
            from: current.digest,
            passedOver,
          },
        ];
      }
      if (request.to !== undefined) {
        return refuse(
          `${image} cannot go back to ${request.to}: ${passedOver[0]?.reason}`,
          "Leave out --to for the last release that can be verified, or name another digest.",
        );
      }
      const found = passedOver.map(({ digest, reason }) => `\n   ${digest}: ${reason}`).join("");
      return refuse(
        `${image} has no earlier release in ${settings.registry} that can be verified.${found}`,
        "Name a digest of the image with --to, or promote a newer release.",
      );
    }),
  );
  if (problems.length > 0) throw new ProblemsError("the rollback (nothing was written)", problems);
  return done.flat();
}

async function choose(request: PromotionRollback, current: PromotedRelease, signal: AbortSignal) {
  const { settings, to } = request;
  const client = new RegistryClient(settings.registry, settings.insecureRegistry);
  const repository = `${settings.registry}/${current.image}`;
  const candidates = to === undefined ? await earlier(client, repository, settings.channel, current) : [to];
  const passedOver: RolledBackPromotion["passedOver"][number][] = [];
  for (const digest of candidates) {
    const found = await verified(request, repository, digest, signal);
    if (typeof found !== "string") return { target: found, passedOver };
    passedOver.push({ digest, reason: found });
  }
  return { passedOver };
}

async function earlier(
  client: RegistryClient,
  repository: string,
  channel: string,
  { digest, rolledBack = [] }: PromotedRelease,
): Promise<readonly string[]> {
  const tags = historyOf(channel, await client.listTags(repository));
  const history = await Promise.all(
    tags.map(async (tag) => (await client.headManifest(repository, tag))?.digest ?? []),
  );
  return targetsOf(
    history.flat(),
    digest,
    rolledBack.map((each) => ({ from: each.digest })),
  );
}

/** @returns why it may not be gone back to, or its verification */
async function verified(
  { recalls, settings, sourceKeys: keys, verificationKeys }: PromotionRollback,
  repository: string,
  digest: string,
  signal: AbortSignal,
): Promise<Verification | string> {
  const { insecureRegistry, promotes } = settings;
  const copy = { repository, insecureRegistry, keys: verificationKeys, verifier: promotes.verifier };
  try {
    const found = await verifyCopy({ copy, digest, keys, policy: admissionOf(settings, recalls) }, signal);
    if (found === undefined) return "nobody of this stage vouches for it: it was never promoted.";
    return isVerified(found.verification) ? found.verification : formatRefusal(found.verification);
  } catch (error) {
    if (error instanceof RegistryError && error.notFound) return "it is gone from the registry.";
    throw error;
  }
}
