import { z } from "zod";
import { type knownPlatforms, platformsSchema, uniqueList } from "../catalogue/scalars.js";
import { addProblem } from "../yaml/check.js";

const accountSchema = z
  .string()
  .regex(/^\d{12}$/)
  .meta({ description: "an AWS account's number, in quotes", examples: ["111122223333"] });

const regionSchema = z
  .string()
  .regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/)
  .meta({ description: "an AWS region", examples: ["eu-west-1"] });

const arnSchema = (service: string, example: string) =>
  z
    .string()
    .regex(new RegExp(`^arn:aws[\\w-]*:${service}:[\\w-]*:\\d{12}:.+$`))
    .meta({ description: `an ARN of ${service}`, examples: [example] });

const githubRepositorySchema = z
  .string()
  .regex(/^[\w-]+\/[\w.-]+$/)
  .meta({ description: "a GitHub repository as owner/name", examples: ["example/images"] });

const days = (preset: number) =>
  z
    .int()
    .min(1)
    .max(3650)
    .meta({ description: "a number of days", examples: [preset] })
    .default(preset);

/** Upstreams that ECR's pull-through cache reads without credentials; all others need a secret. */
const openUpstreams: readonly string[] = ["public.ecr.aws", "quay.io", "registry.k8s.io"];

const upstreamSchema = z
  .strictObject({
    registry: z
      .string()
      .regex(/^[\w.-]+\.[a-z]+$/)
      .meta({ description: "an upstream registry's host", examples: ["registry-1.docker.io"] }),
    credential: arnSchema(
      "secretsmanager",
      "arn:aws:secretsmanager:eu-west-1:111122223333:secret:ecr-pullthroughcache/docker-hub-AbCdEf",
    ).exactOptional(),
  })
  .superRefine(({ registry, credential }, context) => {
    if (credential === undefined && !openUpstreams.includes(registry)) {
      const remedy = "Name the secret `ecr-pullthroughcache/...` of Secrets Manager that holds them (its ARN).";
      addProblem(context, `${registry} is cached with credentials only.`, remedy, ["credential"]);
    }
    if (credential !== undefined && !credential.includes(":secret:ecr-pullthroughcache/")) {
      const remedy = "ECR reads only secrets whose name begins with ecr-pullthroughcache/: rename it.";
      addProblem(context, "ECR may not read this secret.", remedy, ["credential"]);
    }
  })
  .meta({ description: "a mapping with registry and, where it asks for one, credential" });

const cacheNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,28}$/)
  .meta({ description: "a short name of small letters, digits and dashes", examples: ["docker-hub"] });

const checkSchema = z
  .string()
  .min(1)
  .meta({ description: "a status check's name", examples: ["check"] });

const githubSchema = z
  .strictObject({
    repository: githubRepositorySchema,
    callers: uniqueList(githubRepositorySchema)
      .meta({ description: "a list of GitHub repositories", examples: [["example/payments"]] })
      .default([]),
    reviewers: z
      .strictObject({
        teams: z.array(z.int().positive()).max(6).default([]),
        users: z.array(z.int().positive()).max(6).default([]),
      })
      .meta({ description: "numbers of teams and users", examples: [{ teams: [1234567] }] })
      .prefault({}),
    developers: z
      .array(z.int().positive())
      .max(10)
      .meta({ description: "numbers of teams", examples: [[1234567]] })
      .default([]),
    requiredChecks: uniqueList(checkSchema)
      .meta({ description: "a list of status checks", examples: [["check", "test"]] })
      .default(["check", "test"]),
    stateWriter: z
      .int()
      .positive()
      .meta({ description: "the number of the GitHub App that writes the state branch", examples: [15368] })
      .default(15368),
    dispatchToken: z
      .string()
      .regex(/^[\w.-]+$/)
      .meta({ description: "the id of a secret of the stack (secret:<id>)", examples: ["github-dispatch"] })
      .default("github-dispatch"),
  })
  .meta({ description: "where the workflows live, and who may do what there" });

const imageDigestSchema = z
  .string()
  .regex(/^[\w.-]+(?::\d+)?\/[a-z0-9._/-]+@sha256:[0-9a-f]{64}$/)
  .meta({ description: "an image by digest", examples: [`quay.io/example/buildkit@sha256:${"0".repeat(64)}`] });

const labelsSchema = z
  .record(z.string(), z.string())
  .meta({ description: "labels of nodes", examples: [{ "karpenter.sh/nodepool": "builders" }] });

const poolSchema = (platforms: readonly (typeof knownPlatforms)[number][]) =>
  z
    .strictObject({
      platforms: platformsSchema.default([...platforms]),
      replicas: z
        .int()
        .min(1)
        .max(20)
        .meta({ description: "how many daemons", examples: [2] })
        .default(1),
      cacheGi: z
        .int()
        .min(10)
        .meta({ description: "GiB of cache for each daemon", examples: [200] })
        .default(100),
      cpu: z
        .int()
        .min(1)
        .meta({ description: "processors of each daemon", examples: [4] })
        .default(4),
      memoryGi: z
        .int()
        .min(2)
        .meta({ description: "GiB of memory for each daemon", examples: [16] })
        .default(16),
      nodes: labelsSchema.default({}),
    })
    .meta({ description: "a pool of build daemons" });

const runnersSchema = z
  .strictObject({
    context: z
      .string()
      .min(1)
      .meta({ description: "a context of the kubeconfig", examples: ["factory-staging"] }),
    namespace: z
      .string()
      .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/)
      .meta({ description: "a namespace", examples: ["image-factory"] })
      .default("image-factory"),
    image: imageDigestSchema,
    storageClass: z
      .string()
      .min(1)
      .meta({ description: "a storage class", examples: ["gp3"] })
      .default("gp3"),
    clients: labelsSchema.default({ "image-factory/build-client": "true" }),
    certificates: z
      .string()
      .regex(/^\/[\w./-]+$/)
      .meta({ description: "a folder on the machines that build", examples: ["/etc/image-factory/buildkit"] })
      .default("/etc/image-factory/buildkit"),
    pools: z
      .strictObject({
        amd64: poolSchema(["linux/amd64"]).exactOptional(),
        arm64: poolSchema(["linux/arm64"]).exactOptional(),
        gpu: poolSchema(["linux/amd64"]).exactOptional(),
      })
      .meta({ description: "pools amd64, arm64, gpu", examples: [{ amd64: {}, arm64: {} }] }),
  })
  .superRefine(({ pools: { amd64, arm64 } }, context) => {
    const first = amd64?.platforms ?? [];
    const twice = (arm64?.platforms ?? []).filter((platform) => first.includes(platform));
    for (const platform of twice) {
      addProblem(context, `${platform} is built by two pools.`, "Leave it in one of them.", ["pools", "arm64"]);
    }
    if (amd64 === undefined && arm64 === undefined) {
      addProblem(context, "there is no pool for images that need no GPU.", "Add amd64 or arm64.", ["pools"]);
    }
  })
  .meta({ description: "BuildKit on Kubernetes" });

const kargoSchema = z
  .strictObject({
    context: z
      .string()
      .min(1)
      .meta({ description: "a context of the kubeconfig", examples: ["factory-staging"] }),
  })
  .meta({ description: "the cluster that gets the pipeline of kargo.yaml" });

/** The setting `factory:cloud`. `Pulumi.staging.yaml` explains every key. */
export const cloudSchema = z
  .strictObject({
    account: accountSchema,
    region: regionSchema,
    foundationOnly: z
      .boolean()
      .meta({ description: "true to make the cloud's resources and build no image" })
      .default(false),
    consumers: uniqueList(accountSchema)
      .meta({ description: "a list of AWS accounts", examples: [["444455556666"]] })
      .default([]),
    keepReleases: z
      .int()
      .min(2)
      .max(1000)
      .meta({ description: "how many releases", examples: [100] })
      .default(100),
    keepDays: days(90),
    quarantineDays: days(14),
    replicas: uniqueList(regionSchema)
      .meta({ description: "a list of AWS regions", examples: [["eu-central-1"]] })
      .default([]),
    upstreams: z
      .record(cacheNameSchema, upstreamSchema)
      .meta({ description: "upstream registries by name", examples: [{ quay: { registry: "quay.io" } }] })
      .default({}),
    github: githubSchema.exactOptional(),
    runners: runnersSchema.exactOptional(),
    kargo: kargoSchema.exactOptional(),
  })
  .meta({ description: "the cloud that the stack lives in" });

/** Where a stack lives, and what it keeps there. */
export type CloudSettings = z.output<typeof cloudSchema>;
export type GithubSettings = NonNullable<CloudSettings["github"]>;
export type RunnerSettings = NonNullable<CloudSettings["runners"]>;
export type PoolSettings = NonNullable<RunnerSettings["pools"]["amd64"]>;
