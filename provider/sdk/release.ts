import * as pulumi from "@pulumi/pulumi";
import type { PlatformManifest } from "../../domain/evidence/types.js";
import type { AttestedStatement } from "../../domain/verification/types.js";
import { textOf } from "./text-properties.js";

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
  /** Tags that move with every release, e.g. the channel; never from a newer version to an older one. */
  readonly movingTags: pulumi.Input<readonly string[]>;
  /** Tags that never move: where one means another digest, nothing is released. Default: none. */
  readonly fixedTags?: pulumi.Input<readonly string[]>;
  /** The moving tag whose history is kept, for rollbacks. Default: none. */
  readonly head?: pulumi.Input<string>;
  /**
   * Digests of the manifests that attach its evidence: all of them come with it, and others are another release. Default:
   * none; what is attached to the candidate comes all the same.
   */
  readonly attested?: pulumi.Input<readonly AttestedStatement[]>;
  /** Public keys (PEM): what one of them has signed is as good as the attested statement that it replaced. Default: none. */
  readonly verificationKeys?: pulumi.Input<readonly string[]>;
  /** When the image's last rollback was lifted: another time sets the tags anew. Default: never. */
  readonly lifted?: pulumi.Input<string>;
  /** True to release nothing: the candidate stays where it is. Default: false. */
  readonly quarantined?: pulumi.Input<boolean>;
}

/** A candidate copied out of quarantine to `<registry>/<name>`, with its attestations and tags. Deleting it removes nothing from the registry. */
export class Release extends pulumi.CustomResource {
  static readonly __pulumiType = "factory:release:Release";

  declare readonly name: pulumi.Output<string>;
  declare readonly digest: pulumi.Output<string>;
  /** Every tag that was set, `b-<buildId>` first. */
  declare readonly tags: pulumi.Output<readonly string[]>;
  declare readonly released: pulumi.Output<readonly PlatformManifest[]>;

  constructor(name: string, args: ReleaseArgs, opts?: pulumi.CustomResourceOptions) {
    const texts = args.attested === undefined ? {} : { attested: textOf(args.attested) };
    const outputs = { tags: undefined, released: undefined, attestations: undefined };
    super(Release.__pulumiType, name, { ...args, ...texts, ...outputs }, opts);
  }
}
