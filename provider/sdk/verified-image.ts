import * as pulumi from "@pulumi/pulumi";
import type { PredicateKind } from "../../domain/evidence/predicates.js";
import type { PlatformManifest } from "../../domain/evidence/types.js";
import type { Recall } from "../../domain/recall/types.js";
import type { ScanPolicy } from "../../domain/scan/judgement.js";
import { parseDigestReference } from "../../domain/verification/reference.js";
import type { AttestedStatement } from "../../domain/verification/types.js";
import { meaningOf } from "./text-properties.js";

/** Where an image is promoted to. Once a verification summary lies there, it is verified there, and nobody asks where it came from. */
export interface PromotedCopy {
  /** `<registry>/<path>` */
  readonly repository: string;
  readonly insecureRegistry: boolean;
  /** Public keys (PEM) of which one has to have signed the summary. */
  readonly keys: readonly string[];
  /** `verifier.id` of the summary. */
  readonly verifier: string;
}

export interface VerifiedImageArgs {
  /** `<repository>@sha256:...` of an index. Plain text is verified in previews too, an output once it is known. */
  readonly reference: pulumi.Input<string>;
  /** True for a registry spoken to over plain HTTP. Default: true for loopback addresses only. */
  readonly insecureRegistry?: pulumi.Input<boolean>;
  /** Public keys (PEM) of which one has to have signed. */
  readonly keys: pulumi.Input<readonly string[]>;
  /** `builder.id`s that are trusted. */
  readonly builders: pulumi.Input<readonly string[]>;
  /** Addresses of the source repositories that it may be built from. */
  readonly sources: pulumi.Input<readonly string[]>;
  /** Platforms that it has to hold, all of them and no other. Default: whatever its index names. */
  readonly requiredPlatforms?: pulumi.Input<readonly string[]>;
  /** True on a local stack: an image that no vulnerability database was there for, and uncommitted sources, are enough. Default false. */
  readonly development?: pulumi.Input<boolean>;
  /** How long ago its scan may have ended, in milliseconds. Default: any time. */
  readonly maxScanAge?: pulumi.Input<number>;
  /** How old the scan's database may have been then, in milliseconds. Default: any age. */
  readonly maxDatabaseAge?: pulumi.Input<number>;
  /** Which findings of its newest scan are not allowed. Default: none is looked at, since a failed scan is not signed. */
  readonly scan?: pulumi.Input<ScanPolicy>;
  /** Digests that neither it nor anything under it may be. Default: none. */
  readonly recalls?: pulumi.Input<readonly Recall[]>;
  /**
   * Where it is promoted to. What has been let in once is not asked again how old its scan is, and what has been found
   * since: a rollback must not wait for a scan. Signature, attestations, builder and recalls are. Default: nowhere.
   */
  readonly promoted?: pulumi.Input<PromotedCopy>;
  /** Changes with what is attached to it: with another value it is verified again. Default: with its reference only. */
  readonly evidence?: pulumi.Input<string>;
}

/**
 * An image whose evidence was checked: signature, attestations, builder, recalls, down to the packages' lock. Consumers take
 * their digest from its outputs, so that nothing unproved is consumed. Deleting it removes nothing.
 */
export class VerifiedImage extends pulumi.CustomResource {
  static readonly __pulumiType = "factory:evidence:VerifiedImage";

  declare readonly reference: pulumi.Output<string>;
  /** Of the index. */
  declare readonly digest: pulumi.Output<string>;
  declare readonly platforms: pulumi.Output<readonly PlatformManifest[]>;
  /** What it carries, of itself and of its platforms. */
  declare readonly verifiedPredicates: pulumi.Output<readonly PredicateKind[]>;
  /** `builder.id`, source repository and full commit of its provenance. */
  declare readonly builder: pulumi.Output<string>;
  declare readonly source: pulumi.Output<string>;
  declare readonly revision: pulumi.Output<string>;
  /** Everything attached that a key that counts has signed. */
  declare readonly attested: pulumi.Output<readonly AttestedStatement[]>;
  /** Digests of all that it was made from, as far as our chain goes; sorted. */
  declare readonly lineage: pulumi.Output<readonly string[]>;

  constructor(name: string, args: VerifiedImageArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = {
      // Of the reference, so that a preview knows that it stays when the image is verified again.
      digest: pulumi.output(args.reference).apply((reference) => parseDigestReference(reference)?.digest),
      platforms: undefined,
      verifiedPredicates: undefined,
      builder: undefined,
      source: undefined,
      revision: undefined,
      attested: undefined,
      lineage: undefined,
    };
    super(VerifiedImage.__pulumiType, name, { ...args, literal: typeof args.reference === "string", ...outputs }, opts);
    this.verifiedPredicates = meaningOf(this.verifiedPredicates);
    this.attested = meaningOf(this.attested);
    this.lineage = meaningOf(this.lineage);
  }
}
