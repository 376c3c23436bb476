import * as pulumi from "@pulumi/pulumi";
import type { PlatformManifest } from "../domain/evidence/types.js";
import { buildAndRelease, type ManagedImageArgs } from "./build-and-release.js";

/**
 * An application image: the author's Dockerfile on released golden bases, built without network and released for consumers.
 *
 * ```ts
 * const relay = new ApplicationImage("webhook-relay", { planned, settings, releasePlan, pins, secrets: {} });
 * ```
 */
export class ApplicationImage extends pulumi.ComponentResource {
  static readonly __pulumiType = "factory:images:ApplicationImage";

  /** The released index digest. */
  readonly digest: pulumi.Output<string>;
  readonly platforms: pulumi.Output<readonly PlatformManifest[]>;
  readonly tags: pulumi.Output<readonly string[]>;

  constructor(name: string, args: ManagedImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super(ApplicationImage.__pulumiType, name, {}, opts);
    const { release } = buildAndRelease(name, args, this);
    this.digest = release.digest;
    this.platforms = release.released;
    this.tags = release.tags;
    this.registerOutputs();
  }
}
