import type { CloudSettings, GithubSettings } from "../settings/cloud.js";
import { type CloudNames, regionalArn, repositoryArn, roleArn } from "./names.js";
import { type PolicyDocument, policyDocument, type Statement } from "./policy-document.js";
import { CLOSED_FOLDERS, PULL } from "./repositories.js";

/** GitHub's issuer of tokens for workflows. */
export const GITHUB_ISSUER = "token.actions.githubusercontent.com";

/** What GitHub puts into a token's subject, in this order: `repo:example/images:environment:staging:job_workflow_ref:...`. */
export const SUBJECT_CLAIMS = ["repo", "context", "job_workflow_ref"] as const;

/**
 * Subjects of the jobs that may build and sign: those of the reusable workflow, as it is on its ref, called by our own
 * repository or by another team's. AWS looks at a token's subject only, hence the workflow in it.
 */
export function signingSubjects(github: GithubSettings, stack: string, workflow: string): readonly string[] {
  return [github.repository, ...github.callers].map(
    (caller) => `repo:${caller}:environment:${stack}:job_workflow_ref:${workflow}`,
  );
}

/** Subjects of jobs of any workflow of our own repository in the stack's environment. */
export function environmentSubjects(github: GithubSettings, stack: string): readonly string[] {
  return [`repo:${github.repository}:environment:${stack}:job_workflow_ref:${github.repository}/.github/workflows/*`];
}

/** Who may take a role: jobs with one of these subjects. */
export function githubTrust({ account }: CloudSettings, subjects: readonly string[]): PolicyDocument {
  return policyDocument({
    Sid: "GithubJobs",
    Effect: "Allow",
    Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${GITHUB_ISSUER}` },
    Action: ["sts:AssumeRoleWithWebIdentity"],
    Condition: {
      StringEquals: { [`${GITHUB_ISSUER}:aud`]: "sts.amazonaws.com" },
      StringLike: { [`${GITHUB_ISSUER}:sub`]: [...subjects] },
    },
  });
}

/** Who may take a role: a service of AWS, on behalf of this account. */
export function serviceTrust({ account }: CloudSettings, service: string): PolicyDocument {
  return policyDocument({
    Sid: "Service",
    Effect: "Allow",
    Principal: { Service: service },
    Action: ["sts:AssumeRole"],
    Condition: { StringEquals: { "aws:SourceAccount": account } },
  });
}

const PUSH = [
  "ecr:CompleteLayerUpload",
  "ecr:InitiateLayerUpload",
  "ecr:PutImage",
  "ecr:UploadLayerPart",
  "ecr:DescribeImages",
  "ecr:ListImages",
];

/** ECR gives a token to whoever may ask, for no repository in particular; AWS takes no other resource than all. */
const REGISTRY_TOKEN: Statement = {
  Sid: "RegistryToken",
  Effect: "Allow",
  Action: ["ecr:GetAuthorizationToken"],
  Resource: "*",
};

/** What a run of the stack needs besides the registry: its state, a new image's repository, the engine's alarm. */
function ordinaryRun(cloud: CloudSettings, { base, repositories, dataKey }: CloudNames): readonly Statement[] {
  // As tools/cloud/bootstrap.sh names them. A key is found by its alias: its id is nobody's to choose.
  const bucket = `arn:aws:s3:::${base}-state-${cloud.account}`;
  const anyKey = regionalArn(cloud, "kms", "key/*");
  const named = (alias: string) => ({ "ForAnyValue:StringEquals": { "kms:ResourceAliases": alias } });
  return [
    { Sid: "State", Effect: "Allow", Action: ["s3:ListBucket"], Resource: bucket },
    {
      Sid: "StateFiles",
      Effect: "Allow",
      Action: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
      Resource: `${bucket}/*`,
    },
    {
      Sid: "StateSecrets",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:Encrypt"],
      Resource: anyKey,
      Condition: named(`alias/${base}-state`),
    },
    {
      Sid: "EnrolImages",
      Effect: "Allow",
      Action: [
        "ecr:CreateRepository",
        "ecr:DescribeRepositories",
        "ecr:GetLifecyclePolicy",
        "ecr:ListTagsForResource",
        "ecr:PutImageScanningConfiguration",
        "ecr:PutImageTagMutability",
        "ecr:PutLifecyclePolicy",
        "ecr:TagResource",
      ],
      Resource: repositoryArn(cloud, `${repositories}/*`),
    },
    {
      Sid: "EncryptThem",
      Effect: "Allow",
      Action: ["kms:CreateGrant", "kms:DescribeKey"],
      Resource: anyKey,
      Condition: named(dataKey),
    },
    {
      Sid: "MoveTheAlarm",
      Effect: "Allow",
      Action: [
        "scheduler:CreateSchedule",
        "scheduler:DeleteSchedule",
        "scheduler:GetSchedule",
        "scheduler:UpdateSchedule",
      ],
      Resource: regionalArn(cloud, "scheduler", `schedule/default/${base}-due`),
    },
    { Sid: "ItsRole", Effect: "Allow", Action: ["iam:PassRole"], Resource: roleArn(cloud, `${base}-due`) },
  ];
}

/** The one role that builds, proves, signs and releases. It changes nothing else of the cloud: the deployer's role does. */
export function builderPolicy(
  cloud: CloudSettings,
  names: CloudNames,
  upstreams: readonly string[],
  signingKey: string,
): PolicyDocument {
  const { repositories } = names;
  const cached = upstreams.map((name) => repositoryArn(cloud, `${name}/*`));
  return policyDocument(
    REGISTRY_TOKEN,
    ...ordinaryRun(cloud, names),
    {
      Sid: "PushAndPull",
      Effect: "Allow",
      Action: [...PULL, ...PUSH],
      Resource: repositoryArn(cloud, `${repositories}/*`),
    },
    {
      Sid: "QuarantineOnFirstPush",
      Effect: "Allow",
      Action: ["ecr:CreateRepository"],
      Resource: CLOSED_FOLDERS.map((folder) => repositoryArn(cloud, `${repositories}/${folder}/*`)),
    },
    ...(cached.length === 0
      ? []
      : [{ Sid: "Upstream", Effect: "Allow", Action: PULL, Resource: cached } satisfies Statement]),
    { Sid: "Sign", Effect: "Allow", Action: ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"], Resource: signingKey },
  );
}

/** Rescans, reconciling, verification: looks at everything, changes nothing. */
export function readerPolicy(cloud: CloudSettings, { repositories }: CloudNames): PolicyDocument {
  return policyDocument(REGISTRY_TOKEN, {
    Sid: "Pull",
    Effect: "Allow",
    Action: [...PULL, "ecr:DescribeImages", "ecr:ListImages"],
    Resource: repositoryArn(cloud, `${repositories}/*`),
  });
}

/** The scheduled puller: pulls through the caches, which is what makes ECR look upstream, and nothing else. */
export function pullerPolicy(cloud: CloudSettings, names: CloudNames, upstreams: readonly string[]): PolicyDocument {
  return policyDocument(
    REGISTRY_TOKEN,
    {
      Sid: "PullThrough",
      Effect: "Allow",
      Action: ["ecr:BatchGetImage", "ecr:BatchImportUpstreamImage", "ecr:CreateRepository"],
      Resource: upstreams.map((name) => repositoryArn(cloud, `${name}/*`)),
    },
    {
      Sid: "Log",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: regionalArn(cloud, "logs", `log-group:/aws/lambda/${names.base}-puller:*`),
    },
    {
      Sid: "TellOfFailures",
      Effect: "Allow",
      Action: ["sqs:SendMessage"],
      Resource: regionalArn(cloud, "sqs", `${names.base}-undelivered`),
    },
  );
}

/** What ECR needs to make repositories from a template that encrypts. */
export function creationPolicy(cloud: CloudSettings, folders: readonly string[], dataKey: string): PolicyDocument {
  return policyDocument(
    {
      Sid: "Create",
      Effect: "Allow",
      Action: ["ecr:CreateRepository", "ecr:ReplicateImage", "ecr:TagResource"],
      Resource: folders.map((folder) => repositoryArn(cloud, `${folder}/*`)),
    },
    {
      Sid: "Encrypt",
      Effect: "Allow",
      Action: ["kms:CreateGrant", "kms:DescribeKey", "kms:RetireGrant"],
      Resource: dataKey,
    },
  );
}
