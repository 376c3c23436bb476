import * as pulumi from "@pulumi/pulumi";
import type { PlatformManifest } from "../../domain/evidence/types.js";
import type { AttestedStatement } from "../../domain/verification/types.js";
import { textOf } from "./text-properties.js";

export interface PromotedImageArgs {
  /** Where it comes from: `<registry>/<path>`, without tag or digest. */
  readonly source: pulumi.Input<string>;
  /** True for a source spoken to over plain HTTP. */
  readonly insecureSource: pulumi.Input<boolean>;
  /** Registry with optional prefix, as in the settings: where it goes to. */
  readonly registry: pulumi.Input<string>;
  readonly insecureRegistry: pulumi.Input<boolean>;
  /** Name of the repository, the id of the image variant. */
  readonly name: pulumi.Input<string>;
  /** The index digest, as a VerifiedImage of the source verified it. */
  readonly digest: pulumi.Input<string>;
  /** Everything attached that was verified: all of it has to arrive. */
  readonly attested: pulumi.Input<readonly AttestedStatement[]>;
  /** Digests of all that it was made from. */
  readonly lineage: pulumi.Input<readonly string[]>;
  /** Gives the tag `b-<buildId>`, which never moves. */
  readonly buildId: pulumi.Input<string>;
  /** Tags that mean this digest from now on, whatever they meant before. */
  readonly movingTags: pulumi.Input<readonly string[]>;
  /** The moving tag whose history is kept, for rollbacks. */
  readonly head: pulumi.Input<string>;
  /** The key that signs the verification summary: a file relative to the root, or `awskms://...`. */
  readonly signingKey: pulumi.Input<string>;
  /** The one workflow that may sign. Default: whoever can use the key. */
  readonly signingWorkflow?: pulumi.Input<string>;
  /** Public keys (PEM) of this stack; the signing key's own has to be among them. */
  readonly verificationKeys: pulumi.Input<readonly string[]>;
  /** `verifier.id` of the summary. */
  readonly verifier: pulumi.Input<string>;
  /** What the summary names as the policy: where it is explained, and the sha256 (hex) over what was asked. */
  readonly policy: pulumi.Input<{ readonly uri: string; readonly sha256: string }>;
}

/**
 * A verified image copied to another stage's registry with all that is attached to it, a SLSA Verification Summary signed
 * beside it, and then its tags. Deleting it removes nothing from the registry.
 */
export class PromotedImage extends pulumi.CustomResource {
  static readonly __pulumiType = "factory:promotion:PromotedImage";

  declare readonly name: pulumi.Output<string>;
  declare readonly digest: pulumi.Output<string>;
  /** Every tag that was set, `b-<buildId>` first. */
  declare readonly tags: pulumi.Output<readonly string[]>;
  declare readonly released: pulumi.Output<readonly PlatformManifest[]>;
  /** Digest of the manifest that attaches the verification summary. */
  declare readonly summary: pulumi.Output<string>;

  constructor(name: string, args: PromotedImageArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = { tags: undefined, released: undefined, attestations: undefined, summary: undefined };
    const texts = { attested: textOf(args.attested), lineage: textOf(args.lineage) };
    super(PromotedImage.__pulumiType, name, { ...args, ...texts, ...outputs }, opts);
  }
}
