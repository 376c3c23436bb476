import * as pulumi from "@pulumi/pulumi";

export interface MirroredImageArgs {
  /** Where it is released: `<registry>/<path>`, without tag or digest. */
  readonly from: pulumi.Input<string>;
  /** True for a source spoken to over plain HTTP. */
  readonly insecureSource: pulumi.Input<boolean>;
  /** Where the copy goes: `<registry>/<path>`. */
  readonly to: pulumi.Input<string>;
  readonly insecureRegistry: pulumi.Input<boolean>;
  /** The index digest, as it was released. */
  readonly digest: pulumi.Input<string>;
  /** Tags that mean this digest from now on, whatever they meant before. */
  readonly tags: pulumi.Input<readonly string[]>;
  /** The password is named by its environment variable, `env:NAME`. Default: docker's own login. */
  readonly login?: { readonly username: string; readonly password: string };
}

/**
 * A release copied to another registry with all that is attached to it, under the same tags. Deleting it removes nothing
 * from the registry.
 */
export class MirroredImage extends pulumi.CustomResource {
  static readonly __pulumiType = "factory:delivery:MirroredImage";

  declare readonly to: pulumi.Output<string>;
  declare readonly digest: pulumi.Output<string>;

  constructor(name: string, args: MirroredImageArgs, opts?: pulumi.CustomResourceOptions) {
    super(MirroredImage.__pulumiType, name, { ...args, released: undefined, attestations: undefined }, opts);
  }
}
