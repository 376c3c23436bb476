import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { PlatformManifest } from "../domain/evidence/types.js";
import { type PromotingSettings, promotionPolicyOf } from "../domain/promotion/policy.js";
import type { PlannedPromotion } from "../domain/promotion/types.js";
import type { Recall } from "../domain/recall/types.js";
import { PromotedImage } from "../provider/sdk/promoted-image.js";
import { VerifiedImage } from "../provider/sdk/verified-image.js";
import type { ReleasedOutput } from "./mirrors.js";

export interface PromotionArgs {
  readonly plan: readonly PlannedPromotion[];
  readonly settings: PromotingSettings;
  /** Public keys (PEM) that have to have signed what is promoted. */
  readonly sourceKeys: readonly string[];
  /** Public keys (PEM) of this stack, for its verification summaries. */
  readonly verificationKeys: readonly string[];
  readonly recalls: readonly Recall[];
  /** What has to be there before the image of this id is copied. Default: nothing. */
  readonly before?: (image: string) => readonly pulumi.Resource[];
}

/** What became of one image. */
export interface PromotedOutput {
  readonly id: string;
  readonly repository: string;
  readonly digest: string;
  readonly platforms: readonly PlatformManifest[];
  readonly tags: readonly string[];
}

/**
 * A stage that builds nothing: every image of a releases file is verified where it was proved, copied with its evidence,
 * vouched for with a key of this stage, and tagged.
 *
 * ```ts
 * new Promotion("promotion", { plan, settings, sourceKeys, verificationKeys, recalls });
 * ```
 */
export class Promotion extends pulumi.ComponentResource {
  static readonly __pulumiType = "factory:delivery:Promotion";

  /** All images in the order of the file. */
  readonly images: pulumi.Output<readonly PromotedOutput[]>;
  /** The same, each as it comes. */
  readonly released: readonly ReleasedOutput[];

  constructor(name: string, args: PromotionArgs, opts?: pulumi.ComponentResourceOptions) {
    super(Promotion.__pulumiType, name, {}, opts);
    const promoted = args.plan.map((planned) => {
      const { image: id } = planned.release;
      const { digest, released: platforms, tags } = promote(planned, args, this);
      return { id, repository: `${args.settings.registry}/${id}`, digest, platforms, tags };
    });
    this.released = promoted;
    this.images = pulumi.all(promoted.map((image) => pulumi.output(image)));
    this.registerOutputs();
  }
}

function promote(
  { release, movingTags, head }: PlannedPromotion,
  { settings, sourceKeys, verificationKeys, recalls, before = () => [] }: PromotionArgs,
  parent: pulumi.Resource,
): PromotedImage {
  const { insecureRegistry, promotes, registry, signingKey, signingWorkflow, source } = settings;
  const { buildId, digest, image: id, platforms, repository } = release;
  const asked = { keys: sourceKeys, ...promotionPolicyOf(settings) };
  const verified = new VerifiedImage(
    `${id}-verified`,
    {
      reference: `${repository}@${digest}`,
      insecureRegistry: promotes.insecureRegistry,
      ...asked,
      requiredPlatforms: platforms,
      recalls,
      promoted: {
        repository: `${registry}/${id}`,
        insecureRegistry,
        keys: verificationKeys,
        verifier: promotes.verifier,
      },
    },
    { parent, retainOnDelete: true },
  );
  return new PromotedImage(
    `${id}-promoted`,
    {
      source: repository,
      insecureSource: promotes.insecureRegistry,
      registry,
      insecureRegistry,
      name: id,
      digest: verified.digest,
      attested: verified.attested,
      lineage: verified.lineage,
      buildId,
      movingTags,
      head,
      signingKey,
      ...(signingWorkflow === undefined ? {} : { signingWorkflow }),
      verificationKeys,
      verifier: promotes.verifier,
      policy: { uri: `${source}/docs/promotion.md`, sha256: sha256(JSON.stringify(asked)) },
    },
    { parent, retainOnDelete: true, dependsOn: [...before(id)] },
  );
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
