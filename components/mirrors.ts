import * as pulumi from "@pulumi/pulumi";
import { isLoopback } from "../domain/settings/loopback.js";
import type { MirrorSettings } from "../domain/settings/mirrors.js";
import type { Settings } from "../domain/settings/types.js";
import { MirroredImage } from "../provider/sdk/mirrored-image.js";

/** An image that this run releases, or promotes. */
export interface ReleasedOutput {
  readonly id: string;
  /** `<registry>/<path>` */
  readonly repository: string;
  readonly digest: pulumi.Output<string>;
  readonly tags: pulumi.Output<readonly string[]>;
}

export interface MirrorsArgs {
  readonly settings: Pick<Settings, "insecureRegistry" | "mirrors">;
  readonly images: readonly ReleasedOutput[];
}

/**
 * Copies of everything that is released in other registries: GHCR, Docker Hub, or whatever speaks the OCI distribution API.
 * Digests, platforms and evidence are the same there, and so verify under the same keys. Other regions of ECR are replicas of
 * the registry itself (`factory:cloud`, `replicas`).
 *
 * ```ts
 * new Mirrors("mirrors", { settings, images: factory.released });
 * ```
 */
export class Mirrors extends pulumi.ComponentResource {
  static readonly __pulumiType = "factory:delivery:Mirrors";

  /** Where copies are: `<registry>/<path>`. */
  readonly repositories: pulumi.Output<readonly string[]>;

  constructor(name: string, { settings, images }: MirrorsArgs, opts?: pulumi.ComponentResourceOptions) {
    super(Mirrors.__pulumiType, name, {}, opts);
    const made = settings.mirrors.flatMap((mirror) => {
      return images.map((image) => this.mirror(`${image.id}-${slug(mirror.registry)}`, image, mirror, settings));
    });
    this.repositories = pulumi.all(made.map(({ to }) => to));
    this.registerOutputs();
  }

  private mirror(
    name: string,
    { digest, id, repository, tags }: ReleasedOutput,
    { registry, insecureRegistry = isLoopback(registry), username, password }: MirrorSettings,
    settings: MirrorsArgs["settings"],
  ): MirroredImage {
    return new MirroredImage(
      name,
      {
        from: repository,
        insecureSource: settings.insecureRegistry,
        to: `${registry}/${id}`,
        insecureRegistry,
        digest,
        tags,
        ...(username === undefined || password === undefined ? {} : { login: { username, password } }),
      },
      { parent: this, retainOnDelete: true },
    );
  }
}

/** `ghcr-io-example` */
function slug(registry: string): string {
  return registry.replace(/[^A-Za-z0-9]+/g, "-");
}
