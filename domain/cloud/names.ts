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
}

export function cloudNames(settings: CloudStack): CloudNames {
  const base = `image-factory-${settings.stack}`;
  return {
    base,
    repositories: repositoryPrefix(settings) ?? "factory",
    signingKey: keyAlias(settings.signingKey) ?? `alias/${base}`,
    dataKey: `alias/${base}-data`,
  };
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
