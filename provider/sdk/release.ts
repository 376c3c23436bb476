import * as pulumi from "@pulumi/pulumi";
import type { PlatformManifest } from "../../domain/evidence/types.js";

export interface ReleaseArgs {
  /** Registry with optional prefix, as in the settings. */
  readonly registry: pulumi.Input<string>;
  /** True for a registry spoken to over plain HTTP. */
  readonly insecureRegistry: pulumi.Input<boolean>;
  /** Name of the repository, the id of the image variant; the digest comes from `candidate/<name>`. */
  readonly name: pulumi.Input<string>;
  /** The candidate's index digest. */
  readonly digest: pulumi.Input<string>;
  /** Gives the tag `b-<buildId>`, which never moves. */
  readonly buildId: pulumi.Input<string>;
  /** Platforms that the digest has to hold, all of them and no other. */
  readonly platforms: pulumi.Input<readonly string[]>;
  /** Tags that move with every release, e.g. the channel. */
  readonly movingTags: pulumi.Input<readonly string[]>;
}

/** A candidate copied out of quarantine to `<registry>/<name>`, with its attestations and tags. Deleting it removes nothing from the registry. */
export class Release extends pulumi.CustomResource {
  static readonly __pulumiType = "factory:release:Release";

  declare readonly name: pulumi.Output<string>;
  declare readonly digest: pulumi.Output<string>;
  /** Every tag that names the digest, `b-<buildId>` first. */
  declare readonly tags: pulumi.Output<readonly string[]>;
  declare readonly released: pulumi.Output<readonly PlatformManifest[]>;

  constructor(name: string, args: ReleaseArgs, opts?: pulumi.CustomResourceOptions) {
    super(Release.__pulumiType, name, { ...args, tags: undefined, released: undefined, attestations: undefined }, opts);
  }
}
