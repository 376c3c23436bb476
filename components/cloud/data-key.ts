import * as kms from "@pulumi/aws/kms";
import * as pulumi from "@pulumi/pulumi";
import { dataKeyPolicy } from "../../domain/cloud/keys.js";
import type { CloudSettings } from "../../domain/settings/cloud.js";

export interface DataKeyArgs {
  readonly cloud: CloudSettings;
  /** `alias/image-factory-staging-data` */
  readonly alias: string;
}

/**
 * The key that layers, alarms and logs are encrypted with. KMS changes it every year.
 *
 * ```ts
 * const { arn } = new DataKey("data", { cloud, alias: "alias/image-factory-staging-data" });
 * ```
 */
export class DataKey extends pulumi.ComponentResource {
  static readonly __pulumiType = "factory:registry:DataKey";

  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: DataKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super(DataKey.__pulumiType, name, {}, opts);
    const key = new kms.Key(
      `${name}-key`,
      {
        description: "encrypts images at rest",
        enableKeyRotation: true,
        policy: JSON.stringify(dataKeyPolicy(args.cloud)),
        deletionWindowInDays: 30,
      },
      // Released images stay, and cannot be read without it.
      { parent: this, retainOnDelete: true },
    );
    new kms.Alias(
      `${name}-alias`,
      { name: args.alias, targetKeyId: key.keyId },
      { parent: this, retainOnDelete: true },
    );
    this.arn = key.arn;
    this.registerOutputs();
  }
}
