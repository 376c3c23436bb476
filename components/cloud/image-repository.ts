import * as ecr from "@pulumi/aws/ecr";
import * as pulumi from "@pulumi/pulumi";
import type { TagRule } from "../../domain/catalogue/types.js";
import { movingTagFilters, releaseLifecycle } from "../../domain/cloud/repositories.js";

export interface ImageRepositoryArgs {
  /** With its prefix: `factory/web`. */
  readonly repository: string;
  /** The image's own rule, and what this run moves by it. */
  readonly tags: TagRule;
  readonly moving: readonly string[];
  readonly channel: string;
  /** ARN of the key that layers are encrypted with. */
  readonly dataKey: pulumi.Input<string>;
  /** How many of the last releases are kept, and for how many days what was never released. */
  readonly keepReleases: number;
  readonly keepDays: number;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Where one image is released: tags never move but those that the image's own rule moves, layers are encrypted, pushes are
 * scanned, and only what no release names goes. Who may pull is said once for the whole registry (`Registry`); quarantine,
 * pools and cache lie in repositories of their own, which ECR makes from that component's templates.
 *
 * ```ts
 * new ImageRepository("web", { repository: "factory/web", tags, moving: ["staging"], channel: "staging", dataKey, ... });
 * ```
 */
export class ImageRepository extends pulumi.ComponentResource {
  static readonly __pulumiType = "factory:registry:ImageRepository";

  readonly url: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: ImageRepositoryArgs, opts?: pulumi.ComponentResourceOptions) {
    super(ImageRepository.__pulumiType, name, {}, opts);
    const filters = movingTagFilters(args.tags, args.channel, args.moving);
    const repository = new ecr.Repository(
      `${name}-repository`,
      {
        name: args.repository,
        imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters: filters.map((filter) => ({ filter, filterType: "WILDCARD" })),
        encryptionConfigurations: [{ encryptionType: "KMS", kmsKey: args.dataKey }],
        // The registry's own setting says how; this one is for accounts that have none.
        imageScanningConfiguration: { scanOnPush: true },
        tags: args.labels,
      },
      // A stack that is taken down, or an image that leaves the catalogue, never takes released images with it.
      { parent: this, retainOnDelete: true },
    );
    new ecr.LifecyclePolicy(
      `${name}-lifecycle`,
      { repository: repository.name, policy: JSON.stringify(releaseLifecycle(args, [args.channel])) },
      { parent: this, retainOnDelete: true },
    );
    this.url = repository.repositoryUrl;
    this.arn = repository.arn;
    this.registerOutputs();
  }
}
