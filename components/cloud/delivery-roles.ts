import * as pulumi from "@pulumi/pulumi";
import { type CloudNames, type CloudStack, repositoriesOf, stateBackend } from "../../domain/cloud/names.js";
import {
  builderPolicy,
  environmentSubjects,
  promoterPolicy,
  proposerPolicy,
  readerPolicy,
  signingSubjects,
  watcherPolicy,
} from "../../domain/cloud/roles.js";
import type { GithubSettings } from "../../domain/settings/cloud.js";
import type { PromotesSettings } from "../../domain/settings/promotes.js";
import type { DeliveryEnvironment } from "./delivery-repository.js";
import { GithubRole } from "./github-role.js";
import { SigningKey } from "./signing-key.js";

export interface DeliveryRolesArgs {
  readonly settings: CloudStack;
  readonly names: CloudNames;
  readonly github: GithubSettings;
}

const READS = "rescans, verifies, proposes; changes nothing";
const main = { branchPattern: "main" };

/**
 * Who may do what of a stack, by the environment that its jobs run in: one role builds and signs, or promotes and vouches;
 * others look, adopt or propose. With them the key that only the first of them may sign with.
 *
 * ```ts
 * const roles = new DeliveryRoles("roles", { settings, names, github }, { providers: [aws] });
 * ```
 */
export class DeliveryRoles extends pulumi.ComponentResource {
  static readonly __pulumiType = "factory:delivery:DeliveryRoles";

  /** The one that signs. */
  readonly builder: GithubRole;
  /** Names of the roles that may read quarantine. */
  readonly insiders: readonly pulumi.Output<string>[];
  private readonly own: readonly DeliveryEnvironment[];
  private readonly proposes: DeliveryEnvironment | undefined;

  constructor(
    private readonly childName: string,
    private readonly args: DeliveryRolesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(DeliveryRoles.__pulumiType, childName, {}, opts);
    const { github, names, settings } = args;
    const { promotes, signingWorkflow = "", stack } = settings;
    this.builder = this.role(
      "builder",
      `${promotes === undefined ? "builds, proves, signs and releases" : "promotes and vouches"}; only the signing workflow takes it`,
      signingSubjects(github, stack, signingWorkflow),
    );
    const signing = new SigningKey(
      `${childName}-signing`,
      { cloud: settings.cloud, alias: names.signingKey, signer: this.builder.arn },
      { parent: this },
    );
    const made = promotes === undefined ? this.building(signing) : this.promoting(signing, promotes);
    this.own = made.environments;
    this.proposes = made.proposes;
    this.insiders = [this.builder, ...made.others].map(({ role }) => role);
    this.registerOutputs();
  }

  /** @param builders for a stack with daemons: the files that `factory builders` writes */
  environments(builders?: pulumi.Output<object>): readonly DeliveryEnvironment[] {
    if (this.proposes === undefined) return this.own;
    // The stack's own outputs lie in a state that a pull request may not read.
    const given = builders === undefined ? {} : { FACTORY_BUILDERS: pulumi.jsonStringify({ builders }) };
    return [...this.own, { ...this.proposes, variables: { ...this.proposes.variables, ...given } }];
  }

  private building(signing: SigningKey) {
    const { github, names, settings } = this.args;
    const { cloud, stack } = settings;
    const upstreams = Object.keys(cloud.upstreams);
    this.builder.allow(
      "build",
      signing.arn.apply((key) => JSON.stringify(builderPolicy(cloud, names, upstreams, key, this.topics()))),
    );
    const reader = this.role("reader", READS, environmentSubjects(github, stack));
    reader.allow("read", JSON.stringify(readerPolicy(cloud, names)));
    const watcher = this.role(
      "watcher",
      "looks upstream and adopts; cannot sign",
      environmentSubjects(github, stack, "rebuild.yml@refs/heads/main"),
    );
    watcher.allow("watch", JSON.stringify(watcherPolicy(cloud, names, upstreams)));
    const proposer = this.role(
      "proposer",
      "builds pull requests into quarantine; can neither release nor sign",
      environmentSubjects(github, "pull-request", "pull-request.yml@refs/pull/*"),
    );
    proposer.allow("propose", JSON.stringify(proposerPolicy(cloud, names, upstreams)));
    const own = this.ownEnvironment({ FACTORY_READER_ROLE: reader.arn, FACTORY_WATCHER_ROLE: watcher.arn });
    const variables = { ...this.everywhere(), ...this.backend(), FACTORY_ROLE: proposer.arn };
    const proposes = { name: "pull-request", reviewed: false, from: [], variables };
    return { environments: [own], others: [reader, watcher, proposer], proposes };
  }

  private promoting(signing: SigningKey, promotes: PromotesSettings) {
    const { github, names, settings } = this.args;
    const { cloud, stack } = settings;
    const source = repositoriesOf(promotes.registry);
    const sources = source === undefined ? [] : [source];
    this.builder.allow(
      "promote",
      signing.arn.apply((key) => JSON.stringify(promoterPolicy(cloud, names, sources, key))),
    );
    const watching = `${stack}-watch`;
    const reader = this.role("reader", READS, environmentSubjects(github, watching));
    reader.allow("read", JSON.stringify(readerPolicy(cloud, names, sources, this.topics())));
    const from = { FACTORY_SOURCE_REGISTRY: hostOf(promotes.registry) };
    const variables = { ...this.everywhere(), ...from, FACTORY_READER_ROLE: reader.arn };
    // Nobody has to agree to a look.
    const watches = { name: watching, reviewed: false, from: [main], variables };
    return { environments: [this.ownEnvironment(from), watches], others: [reader], proposes: undefined };
  }

  private ownEnvironment(more: DeliveryEnvironment["variables"]): DeliveryEnvironment {
    return {
      name: this.args.settings.stack,
      reviewed: true,
      from: [main, { tagPattern: "v*" }],
      variables: { ...this.everywhere(), ...this.backend(), FACTORY_ROLE: this.builder.arn, ...more },
    };
  }

  /** The topic that the settings name; one that an environment variable names is nobody's here to allow. */
  private topics(): readonly string[] {
    const topic = this.args.settings.notify?.sns;
    return topic?.startsWith("arn:") ? [topic] : [];
  }

  private everywhere() {
    const { cloud, registry } = this.args.settings;
    return { AWS_REGION: cloud.region, FACTORY_REGISTRY: hostOf(registry) };
  }

  private backend() {
    return { PULUMI_BACKEND_URL: stateBackend(this.args.settings.cloud, this.args.names) };
  }

  private role(what: string, description: string, subjects: readonly string[]): GithubRole {
    const { names, settings } = this.args;
    const role = `${names.base}-${what}`;
    const { boundary } = names;
    return new GithubRole(
      `${this.childName}-${what}`,
      { cloud: settings.cloud, role, description, boundary, subjects },
      { parent: this },
    );
  }
}

function hostOf(registry: string): string {
  return registry.split("/")[0] ?? registry;
}
