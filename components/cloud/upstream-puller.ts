import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as iam from "@pulumi/aws/iam";
import * as lambda from "@pulumi/aws/lambda";
import * as scheduler from "@pulumi/aws/scheduler";
import * as pulumi from "@pulumi/pulumi";
import { type CloudNames, type CloudStack, regionalArn } from "../../domain/cloud/names.js";
import { policyDocument } from "../../domain/cloud/policy-document.js";
import { PULLER_SOURCE } from "../../domain/cloud/puller-source.js";
import type { CachedImage } from "../../domain/cloud/pulls.js";
import { pullerPolicy, serviceTrust } from "../../domain/cloud/roles.js";

export interface UpstreamPullerArgs {
  readonly settings: CloudStack;
  readonly names: CloudNames;
  /** The external images that are watched, as the caches name them. */
  readonly images: readonly CachedImage[];
  /** ARN of the queue with what failed. */
  readonly undelivered: pulumi.Input<string>;
}

/**
 * Asks for the manifest of every watched tag through the pull-through caches, twice a day. ECR looks upstream only when
 * somebody pulls, so without it nobody would learn of a new digest.
 *
 * ```ts
 * new UpstreamPuller("puller", { settings, names, images: [{ repository: "quay/prometheus/node", tag: "v1" }], ... });
 * ```
 */
export class UpstreamPuller extends pulumi.ComponentResource {
  static readonly __pulumiType = "factory:events:UpstreamPuller";

  readonly schedule: pulumi.Output<string>;

  constructor(name: string, args: UpstreamPullerArgs, opts?: pulumi.ComponentResourceOptions) {
    super(UpstreamPuller.__pulumiType, name, {}, opts);
    const { settings, names, images } = args;
    const { cloud } = settings;
    const parent = { parent: this };
    const called = `${names.base}-puller`;
    const role = new iam.Role(
      `${name}-role`,
      {
        name: called,
        assumeRolePolicy: JSON.stringify(serviceTrust(cloud, "lambda.amazonaws.com")),
        permissionsBoundary: names.boundary,
      },
      parent,
    );
    const policy = new iam.RolePolicy(
      `${name}-policy`,
      {
        name: "pull",
        role: role.name,
        policy: JSON.stringify(pullerPolicy(cloud, names, Object.keys(cloud.upstreams))),
      },
      parent,
    );
    const log = new cloudwatch.LogGroup(`${name}-log`, { name: `/aws/lambda/${called}`, retentionInDays: 30 }, parent);
    const puller = new lambda.Function(
      `${name}-function`,
      {
        name: called,
        description: "makes pull-through caches look upstream",
        runtime: "nodejs22.x",
        architectures: ["arm64"],
        handler: "index.handler",
        role: role.arn,
        timeout: 300,
        memorySize: 256,
        // Two at once would ask for the same.
        reservedConcurrentExecutions: 1,
        code: new pulumi.asset.AssetArchive({ "index.mjs": new pulumi.asset.StringAsset(PULLER_SOURCE) }),
        environment: {
          variables: {
            REGISTRY: `${cloud.account}.dkr.ecr.${cloud.region}.amazonaws.com`,
            IMAGES: JSON.stringify(images.map(({ repository, tag }) => `${repository}:${tag}`)),
          },
        },
        deadLetterConfig: { targetArn: args.undelivered },
      },
      { ...parent, dependsOn: [policy, log] },
    );
    const caller = new iam.Role(
      `${name}-caller`,
      {
        name: `${called}-caller`,
        assumeRolePolicy: JSON.stringify(serviceTrust(cloud, "scheduler.amazonaws.com")),
        permissionsBoundary: names.boundary,
      },
      parent,
    );
    const invoke = policyDocument({
      Sid: "CallThePuller",
      Effect: "Allow",
      Action: ["lambda:InvokeFunction"],
      Resource: regionalArn(cloud, "lambda", `function:${called}`),
    });
    new iam.RolePolicy(
      `${name}-caller-policy`,
      { name: "call", role: caller.name, policy: JSON.stringify(invoke) },
      parent,
    );
    const schedule = new scheduler.Schedule(
      `${name}-schedule`,
      {
        name: called,
        description: "makes pull-through caches look upstream",
        // ECR looks upstream once in 24 hours; half of that keeps the wait for news below a day and a half.
        scheduleExpression: "rate(12 hours)",
        flexibleTimeWindow: { mode: "FLEXIBLE", maximumWindowInMinutes: 60 },
        target: { arn: puller.arn, roleArn: caller.arn, deadLetterConfig: { arn: args.undelivered } },
      },
      parent,
    );
    this.schedule = schedule.name;
    this.registerOutputs();
  }
}
