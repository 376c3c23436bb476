import * as pulumi from "@pulumi/pulumi";
import type { PlatformManifest } from "../domain/evidence/types.js";
import { buildAndRelease, type ManagedImageArgs } from "./build-and-release.js";

/**
 * A golden base: built from its pool of locked packages, or on another base, and released for images to stand on.
 *
 * ```ts
 * const python = new GoldenBase("python", { planned, settings, releasePlan, pins, secrets: {} });
 * ```
 */
export class GoldenBase extends pulumi.ComponentResource {
  static readonly __pulumiType = "factory:images:GoldenBase";

  /** The released index digest. */
  readonly digest: pulumi.Output<string>;
  readonly platforms: pulumi.Output<readonly PlatformManifest[]>;
  readonly tags: pulumi.Output<readonly string[]>;

  constructor(name: string, args: ManagedImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super(GoldenBase.__pulumiType, name, {}, opts);
    const { release } = buildAndRelease(name, args, this);
    this.digest = release.digest;
    this.platforms = release.released;
    this.tags = release.tags;
    this.registerOutputs();
  }
}
