import * as ecr from "@pulumi/aws/ecr";
import * as pulumi from "@pulumi/pulumi";
import { temporaryLifecycle } from "../../domain/cloud/repositories.js";

export interface UpstreamCacheArgs {
  /** What stands before the names of cached images: `docker-hub`. */
  readonly prefix: string;
  /** Host of the upstream registry: `registry-1.docker.io`. */
  readonly upstream: string;
  /** ARN of the secret `ecr-pullthroughcache/...` that holds its credentials; absent where it asks for none. */
  readonly credential?: string;
  /** Role that ECR makes repositories with. */
  readonly creationRole: pulumi.Input<string>;
  readonly dataKey: pulumi.Input<string>;
  /** Days after which a cached image goes; it is fetched again when it is wanted. */
  readonly keepDays: number;
}

/**
 * A pull-through cache of one upstream registry. Its tags move, as they do upstream: nothing is built on a tag, but on the
 * digest that was adopted. ECR asks upstream when an image is pulled, at most once a day, and never by itself.
 *
 * ```ts
 * new UpstreamCache("quay", { prefix: "quay", upstream: "quay.io", creationRole, dataKey, keepDays: 90 });
 * ```
 */
export class UpstreamCache extends pulumi.ComponentResource {
  static readonly __pulumiType = "factory:registry:UpstreamCache";

  readonly prefix: pulumi.Output<string>;

  constructor(name: string, args: UpstreamCacheArgs, opts?: pulumi.ComponentResourceOptions) {
    super(UpstreamCache.__pulumiType, name, {}, opts);
    const template = new ecr.RepositoryCreationTemplate(
      `${name}-template`,
      {
        prefix: args.prefix,
        description: `images of ${args.upstream}, made by their first pull`,
        appliedFors: ["PULL_THROUGH_CACHE"],
        customRoleArn: args.creationRole,
        encryptionConfigurations: [{ encryptionType: "KMS", kmsKey: args.dataKey }],
        imageTagMutability: "MUTABLE",
        lifecyclePolicy: JSON.stringify(temporaryLifecycle(args.keepDays)),
      },
      { parent: this },
    );
    const rule = new ecr.PullThroughCacheRule(
      `${name}-rule`,
      {
        ecrRepositoryPrefix: args.prefix,
        upstreamRegistryUrl: args.upstream,
        ...(args.credential === undefined ? {} : { credentialArn: args.credential }),
      },
      // The first pull makes a repository, and has to find the template.
      { parent: this, dependsOn: template },
    );
    this.prefix = rule.ecrRepositoryPrefix;
    this.registerOutputs();
  }
}
