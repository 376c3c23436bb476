import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { SUBJECT_CLAIMS } from "../../domain/cloud/roles.js";
import type { GithubSettings } from "../../domain/settings/cloud.js";

/** An environment that workflows' jobs run in. */
export interface DeliveryEnvironment {
  readonly name: string;
  /** Whether the people that the settings name have to agree. */
  readonly reviewed: boolean;
  /** Patterns of what may be deployed from; none for any, e.g. a pull request's. */
  readonly from: readonly ({ readonly branchPattern: string } | { readonly tagPattern: string })[];
  /** Variables for the workflows, by name; nothing secret. */
  readonly variables: Readonly<Record<string, pulumi.Input<string>>>;
}

export interface DeliveryRepositoryArgs {
  readonly github: GithubSettings;
  readonly environments: readonly DeliveryEnvironment[];
  /** Whether this stack is the one that makes what belongs to the repository as a whole: rulesets, and subjects of tokens. */
  readonly guards: boolean;
  /** Branch of the state files. */
  readonly stateBranch: string;
}

/** GitHub's own roles, whose numbers are the same everywhere. */
const MAINTAINERS = { actorType: "RepositoryRole", actorId: 2, bypassMode: "always" };
const ADMINISTRATORS = { actorType: "RepositoryRole", actorId: 5, bypassMode: "always" };

/**
 * What of a GitHub repository belongs to one stack: environments, with reviewers where people are named, and their
 * variables; and what guards the repository as a whole: main changes by reviewed pull requests with green checks, versions
 * never move, and only one app writes the state branch. The repository itself is not made here, and not taken away.
 *
 * ```ts
 * new DeliveryRepository("delivery", { github, environments, guards: true, stateBranch: "factory-state" });
 * ```
 */
export class DeliveryRepository extends pulumi.ComponentResource {
  static readonly __pulumiType = "factory:delivery:DeliveryRepository";

  /** Names of the environments. */
  readonly environments: pulumi.Output<readonly string[]>;

  constructor(name: string, args: DeliveryRepositoryArgs, opts?: pulumi.ComponentResourceOptions) {
    super(DeliveryRepository.__pulumiType, name, {}, opts);
    const { callers } = args.github;
    const repository = repositoryName(args.github.repository);
    const parent = { parent: this };
    const made = args.environments.map((each) =>
      this.environment(`${name}-${each.name}`, repository, args.github, each),
    );
    for (const caller of args.guards ? [args.github.repository, ...callers] : []) {
      new github.ActionsRepositoryOidcSubjectClaimCustomizationTemplate(
        `${name}-${repositoryName(caller)}-subject`,
        { repository: repositoryName(caller), useDefault: false, includeClaimKeys: [...SUBJECT_CLAIMS] },
        parent,
      );
    }
    if (args.guards) this.rulesets(name, repository, args.stateBranch, args.github);
    this.environments = pulumi.all(made);
    this.registerOutputs();
  }

  private environment(
    name: string,
    repository: string,
    { reviewers }: GithubSettings,
    { name: called, reviewed, from, variables }: DeliveryEnvironment,
  ): pulumi.Output<string> {
    const parent = { parent: this };
    const asks = reviewed && reviewers.teams.length + reviewers.users.length > 0;
    const { environment } = new github.RepositoryEnvironment(
      name,
      {
        repository,
        environment: called,
        ...(asks ? { reviewers: [{ teams: [...reviewers.teams], users: [...reviewers.users] }] } : {}),
        preventSelfReview: asks,
        canAdminsBypass: false,
        ...(from.length === 0
          ? {}
          : { deploymentBranchPolicy: { protectedBranches: false, customBranchPolicies: true } }),
      },
      parent,
    );
    for (const [index, pattern] of from.entries()) {
      const opts = { repository, environment, ...pattern };
      new github.RepositoryEnvironmentDeploymentPolicy(`${name}-from-${index + 1}`, opts, parent);
    }
    for (const [variableName, value] of Object.entries(variables)) {
      new github.ActionsEnvironmentVariable(
        `${name}-${variableName.toLowerCase().replaceAll("_", "-")}`,
        { repository, environment, variableName, value },
        parent,
      );
    }
    return environment;
  }

  private rulesets(name: string, repository: string, stateBranch: string, settings: GithubSettings): void {
    const state = `refs/heads/${stateBranch}`;
    const writer = { actorType: "Integration", actorId: settings.stateWriter, bypassMode: "always" };
    const developers = settings.developers.map((actorId) => ({ actorType: "Team", actorId, bypassMode: "always" }));
    const rulesets: Readonly<
      Record<string, Omit<github.RepositoryRulesetArgs, "name" | "repository" | "enforcement">>
    > = {
      main: {
        target: "branch",
        conditions: { refName: { includes: ["~DEFAULT_BRANCH"], excludes: [] } },
        bypassActors: [{ ...ADMINISTRATORS, bypassMode: "pull_request" }],
        rules: {
          deletion: true,
          nonFastForward: true,
          requiredLinearHistory: true,
          pullRequest: {
            requiredApprovingReviewCount: 1,
            requireLastPushApproval: true,
            dismissStaleReviewsOnPush: true,
            requireCodeOwnerReview: true,
          },
          requiredStatusChecks: {
            strictRequiredStatusChecksPolicy: false,
            requiredChecks: settings.requiredChecks.map((context) => ({ context })),
          },
        },
      },
      // The token that dispatches may write contents, GitHub asks that of it. This leaves it nothing to write.
      branches: {
        target: "branch",
        conditions: { refName: { includes: ["~ALL"], excludes: ["~DEFAULT_BRANCH", state] } },
        bypassActors: [MAINTAINERS, ADMINISTRATORS, ...developers],
        rules: { creation: true, update: true, deletion: true },
      },
      "state-writer": {
        target: "branch",
        conditions: { refName: { includes: [state], excludes: [] } },
        bypassActors: [writer],
        rules: { creation: true, update: true },
      },
      // For the app too: what was observed and decided is never rewritten, only added to.
      "state-history": {
        target: "branch",
        conditions: { refName: { includes: [state], excludes: [] } },
        rules: { deletion: true, nonFastForward: true, requiredLinearHistory: true },
      },
      "versions-made": {
        target: "tag",
        conditions: { refName: { includes: ["~ALL"], excludes: [] } },
        bypassActors: [MAINTAINERS, ADMINISTRATORS],
        rules: { creation: true },
      },
      "versions-stay": {
        target: "tag",
        conditions: { refName: { includes: ["refs/tags/v*"], excludes: [] } },
        rules: { update: true, deletion: true },
      },
    };
    for (const [ruleset, args] of Object.entries(rulesets)) {
      new github.RepositoryRuleset(
        `${name}-${ruleset}`,
        { name: ruleset, repository, enforcement: "active", ...args },
        { parent: this },
      );
    }
  }
}

/** The provider is told the owner. */
function repositoryName(repository: string): string {
  return repository.slice(repository.indexOf("/") + 1);
}
