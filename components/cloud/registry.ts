import * as ecr from "@pulumi/aws/ecr";
import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { type CloudNames, type CloudStack, roleArn } from "../../domain/cloud/names.js";
import {
  CLOSED_FOLDERS,
  registryPolicy,
  replicationFilters,
  temporaryLifecycle,
} from "../../domain/cloud/repositories.js";
import { creationPolicy, serviceTrust } from "../../domain/cloud/roles.js";

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
      },
      parent,
    );
    const folders = [
      ...CLOSED_FOLDERS.map((folder) => `${names.repositories}/${folder}`),
      ...Object.keys(cloud.upstreams),
    ];
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
    for (const folder of CLOSED_FOLDERS) {
      new ecr.RepositoryCreationTemplate(
        `${name}-${folder}`,
        {
          prefix: `${names.repositories}/${folder}`,
          description: `repositories below ${folder}/, made by their first push`,
          appliedFors: ["CREATE_ON_PUSH"],
          customRoleArn: role.arn,
          encryptionConfigurations: [{ encryptionType: "KMS", kmsKey: dataKey }],
          ...mutability(folder),
          // What a pool holds stands in signed provenance, and is what a rebuild starts from.
          ...(folder === "pool" ? {} : { lifecyclePolicy: JSON.stringify(temporaryLifecycle(cloud.quarantineDays)) }),
        },
        { ...parent, dependsOn: creation },
      );
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

/** A build's cache is one tag that moves; a record of a build may be read again and written again. */
function mutability(folder: (typeof CLOSED_FOLDERS)[number]) {
  if (folder === "cache") return { imageTagMutability: "MUTABLE" };
  if (folder === "pool") return { imageTagMutability: "IMMUTABLE" };
  return {
    imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
    imageTagMutabilityExclusionFilters: [{ filter: "sha256-*", filterType: "WILDCARD" }],
  };
}
