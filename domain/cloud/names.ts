import type { CloudSettings } from "../settings/cloud.js";
import { keyAlias, repositoryPrefix } from "../settings/cloud-problems.js";
import type { Settings } from "../settings/types.js";

/** The settings of a stack that has a cloud. */
export type CloudStack = Settings & { readonly cloud: CloudSettings };

/** How a stack's resources are called in its account. Everything begins alike, so that roles can be told apart by it. */
export interface CloudNames {
  /** `image-factory-staging` */
  readonly base: string;
  /** What stands before the names of the repositories, e.g. `factory`. */
  readonly repositories: string;
  /** `alias/image-factory-staging` */
  readonly signingKey: string;
  readonly dataKey: string;
  /** The permissions boundary of every role, which `tools/cloud/bootstrap.sh` makes. */
  readonly boundary: string;
  /** The bucket of the stack's state, and of those of pull requests. */
  readonly stateBucket: string;
}

export function cloudNames(settings: CloudStack): CloudNames {
  const base = `image-factory-${settings.stack}`;
  return {
    base,
    repositories: repositoryPrefix(settings) ?? "factory",
    signingKey: keyAlias(settings.signingKey) ?? `alias/${base}`,
    dataKey: `alias/${base}-data`,
    boundary: `arn:aws:iam::${settings.cloud.account}:policy/${base}-boundary`,
    stateBucket: `${base}-state-${settings.cloud.account}`,
  };
}

/** `PULUMI_BACKEND_URL` of the stack. */
export function stateBackend({ region }: CloudSettings, { stateBucket }: CloudNames): string {
  return `s3://${stateBucket}?region=${region}&awssdk=v2`;
}

/** ARN of what is in one region of the stack's account. */
export function regionalArn({ account, region }: CloudSettings, service: string, resource: string): string {
  return `arn:aws:${service}:${region}:${account}:${resource}`;
}

export function roleArn({ account }: CloudSettings, name: string): string {
  return `arn:aws:iam::${account}:role/${name}`;
}

/** ARN of repositories, of one or by a pattern at the end: `factory/*`. */
export function repositoryArn(cloud: CloudSettings, repository: string): string {
  return regionalArn(cloud, "ecr", `repository/${repository}`);
}

/** Everything below the prefix of an ECR registry: `111122223333.dkr.ecr.eu-west-1.amazonaws.com/factory`; undefined for any other. */
export function repositoriesOf(registry: string): string | undefined {
  const [, account, region, prefix] = /^(\d{12})\.dkr\.ecr\.([\w-]+)\.amazonaws\.com(?:\/(.+))?$/.exec(registry) ?? [];
  if (account === undefined || region === undefined || prefix === undefined) return undefined;
  return `arn:aws:ecr:${region}:${account}:repository/${prefix}/*`;
}
