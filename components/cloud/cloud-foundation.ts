import { Provider as AwsProvider } from "@pulumi/aws/provider";
import { Provider as GithubProvider } from "@pulumi/github/provider";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import type { TagRule } from "../../domain/catalogue/types.js";
import { type CloudNames, type CloudStack, cloudNames } from "../../domain/cloud/names.js";
import { cachedImages } from "../../domain/cloud/pulls.js";
import type { KargoDocument } from "../../domain/kargo/models.js";
import type { GithubSettings } from "../../domain/settings/cloud.js";
import { KargoPipeline } from "../kargo-pipeline.js";
import { BuildRunners } from "./build-runners.js";
import { DataKey } from "./data-key.js";
import { type DeliveryEnvironment, DeliveryRepository } from "./delivery-repository.js";
import { DeliveryRoles } from "./delivery-roles.js";
import { DigestTriggers } from "./digest-triggers.js";
import { ImageRepository } from "./image-repository.js";
import { Registry } from "./registry.js";
import { UpstreamCache } from "./upstream-cache.js";
import { UpstreamPuller } from "./upstream-puller.js";

/** An image that is released into the registry. */
export interface ReleasedImage {
  readonly id: string;
  readonly tags: TagRule;
  /** The tags that this run moves. */
  readonly moving: readonly string[];
  readonly owner?: string;
}

export interface CloudFoundationArgs {
  readonly settings: CloudStack;
  readonly images: readonly ReleasedImage[];
  /** Normalised names of the external images that are watched. */
  readonly externals: readonly string[];
  /** The rebuild engine's next due time: ISO 8601, UTC. */
  readonly nextDue?: string;
  /** What Kargo's cluster gets, where the settings name one. Default: nothing. */
  readonly pipeline?: readonly KargoDocument[];
  /** A secret of the stack, by its id. */
  readonly secret: (id: string) => pulumi.Output<string>;
}

/** Days that an upstream's image stays cached. */
const CACHED_DAYS = 90;

/**
 * All that a stack has in its cloud before the first image is built: keys, roles, registry, repositories, caches, triggers,
 * build daemons, Kargo's pipeline, and what guards the repository. A stack that builds nothing has neither triggers nor daemons.
 *
 * ```ts
 * const cloud = new CloudFoundation("cloud", { settings, images, externals, secret });
 * ```
 */
export class CloudFoundation extends pulumi.ComponentResource {
  static readonly __pulumiType = "factory:cloud:CloudFoundation";

  /** What a person and the workflows need to know of it; nothing secret. */
  readonly facts: pulumi.Output<unknown>;
  private readonly always: readonly pulumi.Resource[];
  private readonly repositories = new Map<string, ImageRepository>();

  constructor(name: string, args: CloudFoundationArgs, opts?: pulumi.ComponentResourceOptions) {
    super(CloudFoundation.__pulumiType, name, {}, opts);
    const { settings } = args;
    const { cloud, stack } = settings;
    const { account, region, github, runners } = cloud;
    const names = cloudNames(settings);
    const builds = settings.promotes === undefined;
    const aws = new AwsProvider(
      `${name}-aws`,
      { region, allowedAccountIds: [account], defaultTags: { tags: { "image-factory:stack": stack } } },
      { parent: this },
    );
    const inAws = { parent: this, providers: [aws] };

    const data = new DataKey(`${name}-data`, { cloud, alias: names.dataKey }, inAws);
    const facts: Record<string, pulumi.Input<unknown>> = { account, region };
    const roles =
      github === undefined ? undefined : new DeliveryRoles(`${name}-roles`, { settings, names, github }, inAws);
    if (roles !== undefined) facts.builderRole = roles.builder.arn;
    const registry = new Registry(
      `${name}-registry`,
      {
        settings,
        names,
        released: args.images.map(({ id }) => `${names.repositories}/${id}`),
        insiders: roles?.insiders ?? [],
        dataKey: data.arn,
      },
      inAws,
    );
    for (const { id, tags, moving, owner } of args.images) {
      const repository = new ImageRepository(
        id,
        {
          repository: `${names.repositories}/${id}`,
          tags,
          moving,
          channel: settings.channel,
          dataKey: data.arn,
          keepReleases: cloud.keepReleases,
          keepDays: cloud.keepDays,
          labels: owner === undefined ? {} : { "image-factory:owner": owner },
        },
        inAws,
      );
      this.repositories.set(id, repository);
    }
    const caches = Object.entries(cloud.upstreams).map(
      ([prefix, { registry: upstream, credential }]) =>
        new UpstreamCache(
          `${name}-${prefix}`,
          {
            prefix,
            upstream,
            ...(credential === undefined ? {} : { credential }),
            creationRole: registry.creationRole,
            dataKey: data.arn,
            keepDays: CACHED_DAYS,
          },
          inAws,
        ),
    );
    if (github !== undefined && builds) {
      const triggers = this.triggers(name, args, names, github, data, inAws);
      Object.assign(facts, { undelivered: triggers.undelivered, alarms: triggers.alarms });
    }
    const daemons = runners === undefined ? undefined : this.daemons(name, settings, runners);
    if (daemons !== undefined) facts.builders = daemons.builders;
    if (github !== undefined && roles !== undefined) {
      this.delivery(name, settings, github, roles.environments(daemons?.builders));
    }
    if (cloud.kargo !== undefined && args.pipeline !== undefined) {
      const cluster = new KubernetesProvider(`${name}-kargo-cluster`, cloud.kargo, { parent: this });
      const placed = { parent: this, providers: [cluster] };
      const { warehouses } = new KargoPipeline(`${name}-kargo`, { documents: args.pipeline }, placed);
      facts.warehouses = warehouses;
    }
    this.always = [registry, ...caches, ...(daemons === undefined ? [] : [daemons])];
    this.facts = pulumi.output(facts);
    this.registerOutputs();
  }

  /** What has to be there before an image is pushed. */
  before(image?: string): readonly pulumi.Resource[] {
    const repository = image === undefined ? undefined : this.repositories.get(image);
    return repository === undefined ? this.always : [...this.always, repository];
  }

  private triggers(
    name: string,
    { settings, externals, nextDue, secret }: CloudFoundationArgs,
    names: CloudNames,
    github: GithubSettings,
    data: DataKey,
    opts: pulumi.ComponentResourceOptions,
  ): DigestTriggers {
    const triggers = new DigestTriggers(
      `${name}-triggers`,
      {
        settings,
        names,
        github,
        token: secret(github.dispatchToken),
        dataKey: data.arn,
        ...(nextDue === undefined ? {} : { nextDue }),
      },
      opts,
    );
    const images = cachedImages(externals, settings.cloud);
    if (images.length > 0) {
      const { undelivered } = triggers;
      new UpstreamPuller(`${name}-puller`, { settings, names, images, undelivered }, opts);
    }
    return triggers;
  }

  private delivery(
    name: string,
    { promotes, stateBranch = "factory-state" }: CloudStack,
    github: GithubSettings,
    environments: readonly DeliveryEnvironment[],
  ): void {
    const [owner = ""] = github.repository.split("/");
    const provider = new GithubProvider(`${name}-github`, { owner }, { parent: this });
    new DeliveryRepository(
      `${name}-delivery`,
      { github, environments, guards: promotes === undefined, stateBranch },
      { parent: this, providers: [provider] },
    );
  }

  private daemons(name: string, source: CloudStack, runners: NonNullable<CloudStack["cloud"]["runners"]>) {
    const provider = new KubernetesProvider(`${name}-cluster`, { context: runners.context }, { parent: this });
    const args = { runners, builder: source.builder, source };
    return new BuildRunners(`${name}-runners`, args, { parent: this, providers: [provider] });
  }
}
