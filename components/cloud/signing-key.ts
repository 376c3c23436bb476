import * as kms from "@pulumi/aws/kms";
import * as pulumi from "@pulumi/pulumi";
import { signingKeyPolicy } from "../../domain/cloud/keys.js";
import type { CloudSettings } from "../../domain/settings/cloud.js";

export interface SigningKeyArgs {
  readonly cloud: CloudSettings;
  /** `alias/image-factory-staging` */
  readonly alias: string;
  /** ARN of the one role that signs. */
  readonly signer: pulumi.Input<string>;
}

/**
 * The key that signs evidence: ECDSA P-256, as cosign wants it, never out of KMS. One role signs, the account and its
 * consumers verify.
 *
 * ```ts
 * new SigningKey("signing", { cloud, alias: "alias/image-factory-staging", signer: role.arn });
 * ```
 */
export class SigningKey extends pulumi.ComponentResource {
  static readonly __pulumiType = "factory:signing:SigningKey";

  readonly arn: pulumi.Output<string>;
  /** As `factory:signingKey` names it. */
  readonly reference: pulumi.Output<string>;

  constructor(name: string, args: SigningKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super(SigningKey.__pulumiType, name, {}, opts);
    const key = new kms.Key(
      `${name}-key`,
      {
        description: "signs the evidence of images",
        customerMasterKeySpec: "ECC_NIST_P256",
        keyUsage: "SIGN_VERIFY",
        policy: pulumi.output(args.signer).apply((signer) => JSON.stringify(signingKeyPolicy(args.cloud, signer))),
        deletionWindowInDays: 30,
      },
      // What it has signed must stay verifiable, and nobody may sign twice as somebody else.
      { parent: this, retainOnDelete: true },
    );
    const alias = new kms.Alias(
      `${name}-alias`,
      { name: args.alias, targetKeyId: key.keyId },
      { parent: this, retainOnDelete: true },
    );
    this.arn = key.arn;
    this.reference = pulumi.interpolate`awskms:///${alias.name}`;
    this.registerOutputs();
  }
}
