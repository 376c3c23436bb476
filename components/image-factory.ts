import * as pulumi from "@pulumi/pulumi";
import type { EvidencePlan } from "../domain/evidence/spec.js";
import type { PlatformManifest } from "../domain/evidence/types.js";
import type { BuildPlan, NamedContextSource } from "../domain/plan/types.js";
import type { ReleasePlan } from "../domain/release/types.js";
import type { Settings } from "../domain/settings/types.js";
import { PoolImage } from "../provider/sdk/pool-image.js";
import { ApplicationImage } from "./application-image.js";
import type { ManagedImageArgs } from "./build-and-release.js";
import { GoldenBase } from "./golden-base.js";
import type { ReleasedOutput } from "./mirrors.js";
import type { ProofArgs } from "./prove-and-verify.js";

export interface ImageFactoryArgs {
  readonly plan: BuildPlan;
  readonly settings: Settings;
  /** What is released of each image of the plan, by id. */
  readonly releases: ReadonlyMap<string, ReleasePlan>;
  /** Values of the build secrets, by id. */
  readonly secrets: Readonly<Record<string, pulumi.Output<string>>>;
  /** What each image has to show, and the public keys (PEM) that count; absent on a local stack that does without. */
  readonly evidence?: EvidencePlan & Pick<ProofArgs, "verificationKeys">;
  /** What has to be there before a pool, or the image of this id, is pushed. Default: nothing. */
  readonly before?: (image?: string) => readonly pulumi.Resource[];
}

/** What became of one image variant. */
export interface BuiltImage {
  readonly id: string;
  readonly kind: "base" | "application";
  readonly wave: number;
  /** Where it lies: in quarantine where nothing is released. */
  readonly repository: string;
  readonly digest: string;
  readonly platforms: readonly PlatformManifest[];
  readonly tags: readonly string[];
}

/**
 * Every image of a plan, each built on what the plan says it stands on.
 *
 * ```ts
 * const factory = new ImageFactory("factory", { plan, releases, settings, secrets });
 * ```
 */
export class ImageFactory extends pulumi.ComponentResource {
  static readonly __pulumiType = "factory:index:ImageFactory";

  /** All images in the plan's order. */
  readonly images: pulumi.Output<readonly BuiltImage[]>;
  /** What is released, and does not stay in quarantine. */
  readonly released: readonly ReleasedOutput[];

  constructor(name: string, args: ImageFactoryArgs, opts?: pulumi.ComponentResourceOptions) {
    super(ImageFactory.__pulumiType, name, {}, opts);
    const { plan, releases, settings, secrets, before = () => [] } = args;
    const { registry } = settings;
    const pools = new Map<string, PoolImage>();
    for (const { name: pool, lockFile, digest } of plan.pools) {
      const args = { registry, name: pool, lockFile, digest };
      const opts = { parent: this, retainOnDelete: true, dependsOn: [...before()] };
      pools.set(pool, new PoolImage(`${pool}-pool`, args, opts));
    }

    const built = new Map<string, GoldenBase | ApplicationImage>();
    const repositoryOf = (id: string) =>
      `${registry}/${existing(releases, id).tags === undefined ? "candidate/" : ""}${id}`;
    const pinFor = (source: Exclude<NamedContextSource, { kind: "mixin" }>): pulumi.Input<string> => {
      switch (source.kind) {
        case "external":
          return `${source.repository}@${source.digest}`;
        case "pool":
          return pulumi.interpolate`${registry}/pool/${source.name}@${existing(pools, source.name).digest}`;
        case "managed":
          return pulumi.interpolate`${repositoryOf(source.id)}@${existing(built, source.id).digest}`;
      }
    };

    const images: pulumi.Output<BuiltImage>[] = [];
    const released: ReleasedOutput[] = [];
    for (const planned of plan.images) {
      const { id, wave } = planned;
      const { kind } = planned.node.image;
      const pins = new Map(
        planned.namedContexts.flatMap(({ name, source }) =>
          source.kind === "mixin" ? [] : [[name, pinFor(source)] as const],
        ),
      );
      const Kind = kind === "base" ? GoldenBase : ApplicationImage;
      const releasePlan = existing(releases, id);
      const image = new Kind(
        id,
        { planned, settings, releasePlan, pins, secrets, after: before(id), ...proofOf(args, id) },
        { parent: this },
      );
      built.set(id, image);
      const { digest, platforms, tags } = image;
      const repository = repositoryOf(id);
      images.push(pulumi.output({ id, kind, wave, repository, digest, platforms, tags }));
      if (releasePlan.tags !== undefined) released.push({ id, repository, digest, tags });
    }
    this.images = pulumi.all(images);
    this.released = released;
    this.registerOutputs();
  }
}

function proofOf({ evidence }: ImageFactoryArgs, id: string): Pick<ManagedImageArgs, "proof"> {
  if (evidence === undefined) return {};
  const { images, recalls, verificationKeys } = evidence;
  return { proof: { ...existing(images, id), recalls, verificationKeys } };
}

function existing<T>(map: ReadonlyMap<string, T>, id: string): T {
  const value = map.get(id);
  if (value === undefined) throw new Error(`the plan names "${id}" before it is built`);
  return value;
}
