import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { githubTrust } from "../../domain/cloud/roles.js";
import type { CloudSettings } from "../../domain/settings/cloud.js";

export interface GithubRoleArgs {
  readonly cloud: CloudSettings;
  /** `image-factory-staging-builder` */
  readonly role: string;
  readonly description: string;
  /** ARN of the policy that bounds what it may ever be allowed. */
  readonly boundary: string;
  /** Subjects of the tokens of jobs that may take it. */
  readonly subjects: readonly string[];
}

/**
 * A role that jobs of GitHub's workflows take by OIDC: no key of AWS is stored anywhere. What it may do is attached by
 * `allow`, once the resources that it is about exist.
 *
 * ```ts
 * const role = new GithubRole("builder", { cloud, role: "image-factory-staging-builder", description, boundary, subjects });
 * role.allow("build", document);
 * ```
 */
export class GithubRole extends pulumi.ComponentResource {
  static readonly __pulumiType = "factory:delivery:GithubRole";

  readonly arn: pulumi.Output<string>;
  readonly role: pulumi.Output<string>;
  private readonly childName: string;

  constructor(name: string, args: GithubRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super(GithubRole.__pulumiType, name, {}, opts);
    this.childName = name;
    const role = new iam.Role(
      `${name}-role`,
      {
        name: args.role,
        description: args.description,
        assumeRolePolicy: JSON.stringify(githubTrust(args.cloud, args.subjects)),
        permissionsBoundary: args.boundary,
        // As long as a build of the slowest image and all that stands on it.
        maxSessionDuration: 4 * 3600,
      },
      { parent: this },
    );
    this.arn = role.arn;
    this.role = role.name;
    this.registerOutputs();
  }

  /** @param policy the document as JSON */
  allow(what: string, policy: pulumi.Input<string>): void {
    new iam.RolePolicy(`${this.childName}-${what}`, { name: what, role: this.role, policy }, { parent: this });
  }
}
