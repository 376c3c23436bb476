import assert from "node:assert/strict";
import { checkResource, type StackFacts } from "../../../domain/policy/resource-rule.js";
import { RESOURCE_RULES } from "../../../domain/policy/rules.js";

const registry = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/factory";
const digest = `sha256:${"a".repeat(64)}`;
const buildkit = `quay.io/example/buildkit@sha256:${"b".repeat(64)}`;
const staging: StackFacts = { development: false, registry, pinned: [buildkit] };
const prod: StackFacts = { ...staging, promoted: new Set([digest]) };

type Props = Readonly<Record<string, unknown>>;

/** What all rules say of a resource, as `<rule> <message>`. */
function said(type: string, props: Props, stack: StackFacts = staging): readonly string[] {
  return RESOURCE_RULES.flatMap((rule) => checkResource(rule, { type, props }, stack, "it")).map(
    ({ rule, message }) => `${rule} ${message}`,
  );
}

const REPOSITORY = "aws:ecr/repository:Repository";
const TEMPLATE = "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate";
const ROLE = "aws:iam/role:Role";
const RIGHTS = "aws:iam/rolePolicy:RolePolicy";
const encryptionConfigurations = [{ encryptionType: "KMS", kmsKey: "arn:aws:kms:eu-west-1:111122223333:key/1" }];
const repository = { imageTagMutability: "IMMUTABLE", encryptionConfigurations };
const template = { ...repository, prefix: "factory/candidate", appliedFors: ["CREATE_ON_PUSH"] };

const policy = (...statements: readonly object[]) => ({
  policy: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
});
const trust = (subject: unknown) => ({
  assumeRolePolicy: {
    Statement: {
      Effect: "Allow",
      Principal: { Federated: "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: subject === undefined ? {} : { StringLike: { "token.actions.githubusercontent.com:sub": subject } },
    },
  },
});
const allow = {
  Effect: "Allow",
  Action: ["ecr:BatchGetImage"],
  Resource: "arn:aws:ecr:eu-west-1:1:repository/factory/*",
};
const container = { name: "web", image: `${registry}/web@${digest}` };
const pod = (spec: Props): Props => ({
  spec: { securityContext: { runAsNonRoot: true }, containers: [container], ...spec },
});

type Row = readonly [type: string, props: Props, stack?: StackFacts];

const accepted: Readonly<Record<string, Row>> = {
  "an immutable, encrypted repository": [REPOSITORY, repository],
  "a repository of which one tag moves": [
    REPOSITORY,
    {
      ...repository,
      imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
      imageTagMutabilityExclusionFilters: [{ filter: "staging", filterType: "WILDCARD" }],
    },
  ],
  "a template": [TEMPLATE, template],
  "a template for build caches": [TEMPLATE, { ...template, prefix: "factory/cache", imageTagMutability: "MUTABLE" }],
  "a template for a pull-through cache": [
    TEMPLATE,
    { ...template, appliedFors: ["PULL_THROUGH_CACHE"], imageTagMutability: "MUTABLE" },
  ],
  "a policy for one account": [
    "aws:ecr/repositoryPolicy:RepositoryPolicy",
    policy({ ...allow, Principal: { AWS: "arn:aws:iam::444455556666:root" } }),
  ],
  "a denial to everybody": [
    "aws:ecr/registryPolicy:RegistryPolicy",
    policy({ ...allow, Effect: "Deny", Principal: "*" }),
  ],
  "everybody of one organisation": [
    "aws:ecr/registryPolicy:RegistryPolicy",
    policy({ ...allow, Principal: "*", Condition: { StringEquals: { "aws:PrincipalOrgID": "o-1" } } }),
  ],
  "rights on a folder": [RIGHTS, policy(allow)],
  "the one action without a resource": [
    RIGHTS,
    policy({ ...allow, Action: "ecr:GetAuthorizationToken", Resource: "*" }),
  ],
  "a role for one repository's jobs": [ROLE, trust(["repo:example/images:environment:prod"])],
  "a workload of ours": ["kubernetes:core/v1:Pod", pod({})],
  "a pinned exception": ["kubernetes:core/v1:Pod", pod({ containers: [{ name: "buildkitd", image: buildkit }] })],
  "anything on a local stack": [
    "kubernetes:core/v1:Pod",
    { spec: { containers: [{ name: "web", image: "nginx" }] } },
    { ...staging, development: true },
  ],
  "what was promoted": ["factory:promotion:PromotedImage", { digest }, prod],
  "a workload of what was promoted": ["kubernetes:core/v1:Pod", pod({}), prod],
  "a build on a stack that builds": ["docker-build:index:Image", {}],
  "what only the update knows": [REPOSITORY, { ...repository, name: undefined }],
};

const rows: readonly (readonly [name: string, expected: RegExp, ...Row])[] = [
  [
    "a repository whose tags move",
    /^protected-repositories imageTagMutability is MUTABLE/,
    REPOSITORY,
    { encryptionConfigurations },
  ],
  [
    "a repository of which every tag moves",
    /^protected-repositories a filter .* is "\*"/,
    REPOSITORY,
    { ...repository, imageTagMutabilityExclusionFilters: [{ filter: "*", filterType: "WILDCARD" }] },
  ],
  [
    "a repository without a key",
    /^protected-repositories it is encrypted with Amazon's own/,
    REPOSITORY,
    { imageTagMutability: "IMMUTABLE" },
  ],
  [
    "a template whose tags move",
    /^protected-repositories imageTagMutability/,
    TEMPLATE,
    { ...template, imageTagMutability: "MUTABLE" },
  ],
  ["a repository of ECR Public", /^nothing-public it publishes/, "aws:ecrpublic/repository:Repository", {}],
  [
    "a policy for everybody",
    /^nothing-public policy allows everybody ecr:BatchGetImage/,
    "aws:ecr/repositoryPolicy:RepositoryPolicy",
    policy({ ...allow, Principal: "*" }),
  ],
  [
    "a key for everybody",
    /^nothing-public policy allows/,
    "aws:kms/key:Key",
    policy({ ...allow, Principal: { AWS: "*" } }),
  ],
  [
    "everybody but somebody",
    /^nothing-public policy allows/,
    "aws:sqs/queuePolicy:QueuePolicy",
    policy({ ...allow, NotPrincipal: { AWS: "arn:aws:iam::1:root" } }),
  ],
  [
    "a condition that says nothing of who",
    /^nothing-public policy allows/,
    "aws:sns/topicPolicy:TopicPolicy",
    policy({ ...allow, Principal: "*", Condition: { Bool: { "aws:SecureTransport": "true" } } }),
  ],
  [
    "a load balancer",
    /^nothing-public spec\.type is LoadBalancer/,
    "kubernetes:core/v1:Service",
    { spec: { type: "LoadBalancer" } },
  ],
  ["every action", /^least-privilege it allows the action "\*"/, RIGHTS, policy({ ...allow, Action: "*" })],
  [
    "a wildcard in an action",
    /^least-privilege it allows the action "ecr:\*"/,
    RIGHTS,
    policy({ ...allow, Action: ["ecr:*"] }),
  ],
  [
    "every resource",
    /^least-privilege it allows ecr:BatchGetImage on the resource "\*"/,
    RIGHTS,
    policy({ ...allow, Resource: "*" }),
  ],
  [
    "every resource of a service",
    /^least-privilege .* on the resource "arn:aws:ecr:eu-west-1:1:\*"/,
    RIGHTS,
    policy({ ...allow, Resource: "arn:aws:ecr:eu-west-1:1:*" }),
  ],
  [
    "what is not named",
    /^least-privilege it allows by NotAction/,
    RIGHTS,
    policy({ Effect: "Allow", NotAction: "iam:*", Resource: allow.Resource }),
  ],
  ["a role for any job", /^least-privilege any job of anybody/, ROLE, trust(undefined)],
  ["a role for every repository", /^least-privilege jobs of "repo:example\/\*"/, ROLE, trust("repo:example/*")],
  [
    "a role for every job of a repository",
    /^least-privilege jobs of "repo:example\/images:\*"/,
    ROLE,
    trust("repo:example/images:*"),
  ],
  [
    "Amazon's administrator",
    /^least-privilege it has .*AdministratorAccess/,
    ROLE,
    { ...trust("repo:a/b:environment:prod"), managedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"] },
  ],
  [
    "a stranger's image",
    /^trusted-workloads container web runs nginx/,
    "kubernetes:core/v1:Pod",
    pod({ containers: [{ ...container, image: "nginx" }] }),
  ],
  [
    "our own image by tag",
    /^trusted-workloads container web runs/,
    "kubernetes:apps/v1:Deployment",
    { spec: { template: pod({ containers: [{ ...container, image: `${registry}/web:staging` }] }) } },
  ],
  [
    "a workload that may be root",
    /^trusted-workloads container web may run as root/,
    "kubernetes:core/v1:Pod",
    pod({ securityContext: {} }),
  ],
  [
    "user 0",
    /^trusted-workloads container web may run as root/,
    "kubernetes:batch/v1:CronJob",
    { spec: { jobTemplate: { spec: { template: pod({ securityContext: { runAsNonRoot: true, runAsUser: 0 } }) } } } },
  ],
  [
    "a privileged container",
    /^trusted-workloads container web has rights/,
    "kubernetes:apps/v1:DaemonSet",
    { spec: { template: pod({ containers: [{ ...container, securityContext: { privileged: true } }] }) } },
  ],
  [
    "the host's network",
    /^trusted-workloads hostNetwork is true/,
    "kubernetes:core/v1:Pod",
    pod({ hostNetwork: true }),
  ],
  [
    "a build on a stack that promotes",
    /^promoted-only docker-build:index:Image builds/,
    "docker-build:index:Image",
    {},
    prod,
  ],
  [
    "a release of its own",
    /^promoted-only factory:release:Release builds/,
    "factory:release:Release",
    { digest },
    prod,
  ],
  [
    "what nobody promoted",
    /^promoted-only digest is sha256:c/,
    "factory:promotion:PromotedImage",
    { digest: `sha256:${"c".repeat(64)}` },
    prod,
  ],
  [
    "a workload of what nobody promoted",
    /^promoted-only an image is .*, which the releases file does not name/,
    "kubernetes:core/v1:Pod",
    pod({ containers: [{ ...container, image: `${registry}/web@sha256:${"c".repeat(64)}` }] }),
    prod,
  ],
];

describe("rules over what a stack has in its cloud", () => {
  for (const [name, [type, props, stack]] of Object.entries(accepted)) {
    it(`accept ${name}`, () => assert.deepEqual(said(type, props, stack), []));
  }
  for (const [name, expected, type, props, stack] of rows) {
    it(`refuse ${name}`, () => {
      const [first = "", ...rest] = said(type, props, stack);
      assert.match(first, expected);
      assert.deepEqual(rest, []);
    });
  }

  it("are all tried", () => {
    const tried = new Set(rows.map(([, { source }]) => /^\^([\w-]+)/.exec(source)?.[1]));
    assert.deepEqual([...tried].sort(), RESOURCE_RULES.map(({ id }) => id).sort());
  });
});
