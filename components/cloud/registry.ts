import * as ecr from "@pulumi/aws/ecr";
import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { type CloudNames, type CloudStack, roleArn } from "../../domain/cloud/names.js";
import {
  CLOSED_FOLDERS,
  registryPolicy,
  releaseLifecycle,
  replicationFilters,
  teamTagFilters,
  temporaryLifecycle,
} from "../../domain/cloud/repositories.js";
import { creationPolicy, serviceTrust } from "../../domain/cloud/roles.js";
import { teamFolder } from "../../domain/settings/derive.js";

export interface RegistryArgs {
  readonly settings: CloudStack;
  readonly names: CloudNames;
  /** Repositories of released images, with their prefix: what other regions get a copy of. */
  readonly released: readonly string[];
  /** Names of the roles that may read quarantine. */
  readonly insiders: readonly pulumi.Input<string>[];
  readonly dataKey: pulumi.Input<string>;
}

/**
 * What a registry has once: who may pull, how everything in it is scanned, copies in other regions, and templates for the
 * repositories that a first push makes: `candidate/`, `pool/` and `cache/`. There is one such component in an account's
 * region, and so one stack.
 *
 * ```ts
 * const registry = new Registry("registry", { settings, names, released: ["factory/web"], insiders, dataKey });
 * ```
 */
export class Registry extends pulumi.ComponentResource {
  static readonly __pulumiType = "factory:registry:Registry";

  /** Role that ECR takes to make repositories from templates. */
  readonly creationRole: pulumi.Output<string>;

  constructor(name: string, args: RegistryArgs, opts?: pulumi.ComponentResourceOptions) {
    super(Registry.__pulumiType, name, {}, opts);
    const { settings, names, dataKey } = args;
    const { cloud } = settings;
    const parent = { parent: this };
    const scope = new ecr.AccountSetting(`${name}-scope`, { name: "REGISTRY_POLICY_SCOPE", value: "V2" }, parent);
    const policy = pulumi.all([...args.insiders]).apply((insiders) =>
      JSON.stringify(
        registryPolicy(
          cloud,
          names,
          insiders.map((role) => roleArn(cloud, role)),
        ),
      ),
    );
    new ecr.RegistryPolicy(`${name}-policy`, { policy }, { ...parent, dependsOn: scope });
    new ecr.RegistryScanningConfiguration(
      `${name}-scanning`,
      {
        scanType: "ENHANCED",
        rules: [
          {
            scanFrequency: "CONTINUOUS_SCAN",
            repositoryFilters: [{ filter: `${names.repositories}/*`, filterType: "WILDCARD" }],
          },
        ],
      },
      parent,
    );
    const role = new iam.Role(
      `${name}-creation`,
      {
        name: `${names.base}-creation`,
        description: "ECR makes repositories from templates with it",
        assumeRolePolicy: JSON.stringify(serviceTrust(cloud, "ecr.amazonaws.com")),
        permissionsBoundary: names.boundary,
      },
      parent,
    );
    const teams = (cloud.github?.callers ?? []).map((caller) => `${names.repositories}/${teamFolder(caller)}`);
    const closed = [names.repositories, ...teams].flatMap((prefix) =>
      CLOSED_FOLDERS.map((folder) => ({ folder, prefix: `${prefix}/${folder}` })),
    );
    const folders = [...closed.map(({ prefix }) => prefix), ...teams, ...Object.keys(cloud.upstreams)];
    const creation = new iam.RolePolicy(
      `${name}-creation-policy`,
      {
        name: "create",
        role: role.name,
        policy: pulumi.output(dataKey).apply((key) => JSON.stringify(creationPolicy(cloud, folders, key))),
      },
      parent,
    );
    this.creationRole = role.arn;
    const template = (prefix: string, rest: Partial<ecr.RepositoryCreationTemplateArgs>) =>
      new ecr.RepositoryCreationTemplate(
        `${name}-${prefix.slice(names.repositories.length + 1).replaceAll("/", "-")}`,
        {
          prefix,
          description: `repositories below ${prefix}/, made by their first push`,
          appliedFors: ["CREATE_ON_PUSH"],
          customRoleArn: role.arn,
          encryptionConfigurations: [{ encryptionType: "KMS", kmsKey: dataKey }],
          ...rest,
        },
        { ...parent, dependsOn: creation },
      );
    for (const { folder, prefix } of closed) {
      // What a pool holds stands in signed provenance, and is what a rebuild starts from.
      const ends =
        folder === "pool" ? {} : { lifecyclePolicy: JSON.stringify(temporaryLifecycle(cloud.quarantineDays)) };
      template(prefix, { ...mutability(folder), ...ends });
    }
    for (const prefix of teams) {
      const { channel } = settings;
      const lifecyclePolicy = JSON.stringify(releaseLifecycle(cloud, [channel]));
      template(prefix, { ...immutableBut(teamTagFilters(channel)), lifecyclePolicy });
    }
    if (cloud.replicas.length > 0) {
      const destinations = cloud.replicas.map((region) => ({ region, registryId: cloud.account }));
      const rules = replicationFilters(args.released).map((repositories) => ({
        destinations,
        repositoryFilters: repositories.map((filter) => ({ filter, filterType: "PREFIX_MATCH" })),
      }));
      new ecr.ReplicationConfiguration(`${name}-replication`, { replicationConfiguration: { rules } }, parent);
    }
    this.registerOutputs();
  }
}

/**
 * A build's cache is one tag that moves; a record of a build may be read again and written again. buildx calls what several
 * daemons built together `latest`, in quarantine only.
 */
function mutability(folder: (typeof CLOSED_FOLDERS)[number]) {
  if (folder === "cache") return { imageTagMutability: "MUTABLE" };
  return folder === "pool" ? { imageTagMutability: "IMMUTABLE" } : immutableBut(["sha256-*", "latest"]);
}

function immutableBut(filters: readonly string[]) {
  return {
    imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
    imageTagMutabilityExclusionFilters: filters.map((filter) => ({ filter, filterType: "WILDCARD" })),
  };
}
