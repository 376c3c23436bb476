import * as pulumi from "@pulumi/pulumi";

export interface PoolImageArgs {
  /** Registry with optional prefix, as in the settings. */
  readonly registry: pulumi.Input<string>;
  /** Name below `pool/`: the base or application image whose locked packages it holds. */
  readonly name: pulumi.Input<string>;
  /** The lock, relative to the project's root. */
  readonly lockFile: pulumi.Input<string>;
  /** The digest that the lock names; composing has to give it again. */
  readonly digest: pulumi.Input<string>;
}

/** The locked packages of an image, as an image of their own at `<registry>/pool/<name>@<digest>`. Deleting it removes nothing. */
export class PoolImage extends pulumi.CustomResource {
  static readonly __pulumiType = "factory:pool:PoolImage";

  declare readonly name: pulumi.Output<string>;
  declare readonly digest: pulumi.Output<string>;

  constructor(name: string, args: PoolImageArgs, opts?: pulumi.CustomResourceOptions) {
    super(PoolImage.__pulumiType, name, { ...args }, opts);
  }
}
