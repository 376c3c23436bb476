import * as dockerBuild from "@pulumi/docker-build";
import * as pulumi from "@pulumi/pulumi";
import { contextOf } from "../domain/catalogue/types.js";
import { builderOf } from "../domain/cloud/buildkit.js";
import { sourceHash } from "../domain/plan/build-id.js";
import type { PlannedImage } from "../domain/plan/types.js";
import type { ReleasePlan } from "../domain/release/types.js";
import { exportSpec } from "../domain/render/bake.js";
import type { Settings } from "../domain/settings/types.js";
import { Release, type ReleaseArgs } from "../provider/sdk/release.js";
import { type ProofArgs, proveAndVerify } from "./prove-and-verify.js";

/** What the two kinds of managed images share. */
export interface ManagedImageArgs {
  readonly planned: PlannedImage;
  readonly settings: Settings;
  readonly releasePlan: ReleasePlan;
  /** What each named context of the plan is replaced by: `repository@sha256:...`, by the context's name. */
  readonly pins: ReadonlyMap<string, pulumi.Input<string>>;
  /** Values of the build secrets, by id. */
  readonly secrets: Readonly<Record<string, pulumi.Output<string>>>;
  /** Absent on a local stack that releases without evidence. */
  readonly proof?: ProofArgs;
  /** What has to be there before the image is pushed. Default: nothing. */
  readonly after?: readonly pulumi.Resource[];
}

/**
 * The way of every managed image: a docker-build Image whose digest stays in quarantine, the evidence that is attached to
 * it there, its verification, and the release that copies it out.
 */
export function buildAndRelease(name: string, args: ManagedImageArgs, parent: pulumi.Resource) {
  const { planned, settings } = args;
  warnOfRollback(args, parent);
  const image = new dockerBuild.Image(`${name}-image`, imageArgs(args), {
    parent,
    dependsOn: [...(args.after ?? [])],
    // docker-build would delete repository@digest, which another image or a release may share.
    retainOnDelete: true,
  });
  const { digest } = image;
  const proven = args.proof === undefined ? { digest } : proveAndVerify(name, digest, args, args.proof, parent);
  const release = new Release(
    `${name}-release`,
    {
      registry: settings.registry,
      insecureRegistry: settings.insecureRegistry,
      name: planned.id,
      ...proven,
      buildId: planned.buildId,
      platforms: planned.node.image.platforms,
      ...tagArgs(args.releasePlan),
    },
    { parent, retainOnDelete: true },
  );
  return { image, release };
}

function warnOfRollback({ planned: { id }, releasePlan: { held } }: ManagedImageArgs, resource: pulumi.Resource): void {
  if (held === undefined) return;
  const remedy = `To let them move again: npx factory rollback ${id} --lift`;
  void pulumi.log.warn(`${id} was rolled back (${held}): its moving tags stay where they are. ${remedy}`, resource);
}

type TagArgs = Pick<ReleaseArgs, "movingTags" | "fixedTags" | "head" | "quarantined" | "lifted">;

function tagArgs({ tags, lifted }: ReleasePlan): TagArgs {
  if (tags === undefined) return { movingTags: [], quarantined: true };
  const { fixed, moving, head } = tags;
  return {
    movingTags: moving,
    fixedTags: fixed,
    ...(head === undefined ? {} : { head }),
    ...(lifted === undefined ? {} : { lifted }),
  };
}

function imageArgs({ planned, settings, pins, secrets }: ManagedImageArgs): dockerBuild.ImageArgs {
  const { image, variant } = planned.node;
  const named = planned.namedContexts.map(({ name, source }) => {
    const location = source.kind === "mixin" ? source.directory : dockerImage(pinOf(pins, name));
    return [name, { location }] as const;
  });
  return {
    context: { location: contextOf(image), named: Object.fromEntries(named) },
    dockerfile: { location: planned.dockerfile.path },
    // docker-build's own hash of the context is no input: where nothing else changes, a preview of the update would know
    // an empty digest. No Dockerfile declares this argument, so it reaches neither image nor cache.
    buildArgs: { ...planned.buildArgs, IMAGE_FACTORY_SOURCE: filesHash(planned) },
    labels: labelsOf(planned, pins),
    platforms: image.platforms.map((platform) => platform as dockerBuild.Platform),
    builder: { name: builderOf(settings, { id: planned.id, runner: image.runner }) },
    network: image.network === undefined ? dockerBuild.NetworkMode.None : dockerBuild.NetworkMode.Default,
    // Only the exporter pushes, by digest and without a tag: no tag exists before the evidence does, and a preview of an
    // update knows that it does not know the digest.
    push: false,
    exports: [{ raw: exportSpec(settings.registry, planned.id, image.compression) }],
    buildOnPreview: false,
    secrets: Object.fromEntries(image.secrets.map(({ id }) => [id, secretOf(secrets, id)])),
    ...(variant.target === undefined ? {} : { target: variant.target }),
    ...cacheArgs(settings, planned.id),
  };
}

/** Of the image's own files, and those of the mixins that it copies. */
function filesHash({ dockerfile, contextHash, namedContexts }: PlannedImage): string {
  const mixins = namedContexts.flatMap(({ source }) => (source.kind === "mixin" ? [source.digest] : []));
  return sourceHash(dockerfile.text, [contextHash, ...mixins].join(" "));
}

/** Labels with the base's digest, which is known only once the base is built. */
function labelsOf(planned: PlannedImage, pins: ManagedImageArgs["pins"]): Record<string, pulumi.Input<string>> {
  if (planned.base === undefined) return { ...planned.labels };
  const digest = pulumi.output(pinOf(pins, planned.base.name)).apply((pin) => pin.slice(pin.indexOf("@") + 1));
  return { ...planned.labels, "org.opencontainers.image.base.digest": digest };
}

function cacheArgs({ cache, registry }: Settings, id: string): Pick<dockerBuild.ImageArgs, "cacheFrom" | "cacheTo"> {
  if (cache === "off") return {};
  const ref = `${registry}/cache/${id}:buildkit`;
  return {
    cacheFrom: [{ registry: { ref } }],
    cacheTo: [{ registry: { ref, mode: cache, imageManifest: true, ociMediaTypes: true } }],
  };
}

function dockerImage(pin: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.interpolate`docker-image://${pin}`;
}

function pinOf(pins: ManagedImageArgs["pins"], name: string): pulumi.Input<string> {
  const pin = pins.get(name);
  if (pin === undefined) throw new Error(`no pin was passed for the named context "${name}"`);
  return pin;
}

function secretOf(secrets: ManagedImageArgs["secrets"], id: string): pulumi.Output<string> {
  const secret = secrets[id];
  if (secret === undefined) throw new Error(`no value was passed for the build secret "${id}"`);
  return secret;
}
