import type { CloudSettings, GithubSettings } from "../settings/cloud.js";
import { type CloudNames, regionalArn, repositoryArn, roleArn } from "./names.js";
import { type PolicyDocument, policyDocument, type Statement } from "./policy-document.js";
import { CLOSED_FOLDERS, PULL, READ } from "./repositories.js";

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

/** Subjects of jobs of a workflow of our own repository, or of any, in an environment. */
export function environmentSubjects(
  { repository }: GithubSettings,
  environment: string,
  workflow = "*",
): readonly string[] {
  return [`repo:${repository}:environment:${environment}:job_workflow_ref:${repository}/.github/workflows/${workflow}`];
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

/** A key is found by its alias: its id is nobody's to choose. */
const aliased = (alias: string) => ({ "ForAnyValue:StringEquals": { "kms:ResourceAliases": alias } });

/** The state of some stacks. @param files of the bucket that a run may write: all, or a pull request's */
function stateOf(cloud: CloudSettings, { base, stateBucket }: CloudNames, files: string): readonly Statement[] {
  // As tools/cloud/bootstrap.sh names them.
  const bucket = `arn:aws:s3:::${stateBucket}`;
  return [
    { Sid: "State", Effect: "Allow", Action: ["s3:ListBucket"], Resource: bucket },
    {
      Sid: "StateFiles",
      Effect: "Allow",
      Action: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
      Resource: `${bucket}/${files}`,
    },
    {
      Sid: "StateSecrets",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:Encrypt"],
      Resource: regionalArn(cloud, "kms", "key/*"),
      Condition: aliased(`alias/${base}-state`),
    },
  ];
}

/** What a run of the stack needs besides images: its state, and a new image's repository. */
function ordinaryRun(cloud: CloudSettings, names: CloudNames): readonly Statement[] {
  return [
    ...stateOf(cloud, names, "*"),
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
      Resource: repositoryArn(cloud, `${names.repositories}/*`),
    },
    {
      Sid: "EncryptThem",
      Effect: "Allow",
      Action: ["kms:CreateGrant", "kms:DescribeKey"],
      Resource: regionalArn(cloud, "kms", "key/*"),
      Condition: aliased(names.dataKey),
    },
  ];
}

/** The rebuild engine's one alarm. */
function moveTheAlarm(cloud: CloudSettings, { base }: CloudNames): readonly Statement[] {
  return [
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

/** What a first push into one of the closed folders makes. */
function quarantine(cloud: CloudSettings, { repositories }: CloudNames): Statement {
  return {
    Sid: "QuarantineOnFirstPush",
    Effect: "Allow",
    Action: ["ecr:CreateRepository"],
    Resource: CLOSED_FOLDERS.map((folder) => repositoryArn(cloud, `${repositories}/${folder}/*`)),
  };
}

function pushAndPull(cloud: CloudSettings, { repositories }: CloudNames): Statement {
  return {
    Sid: "PushAndPull",
    Effect: "Allow",
    Action: [...PULL, ...PUSH],
    Resource: repositoryArn(cloud, `${repositories}/*`),
  };
}

/** @param resources ARNs; nothing is allowed where there are none */
function pullFrom(Sid: string, resources: readonly string[], Action = PULL): readonly Statement[] {
  return resources.length === 0 ? [] : [{ Sid, Effect: "Allow", Action, Resource: resources }];
}

function caches(cloud: CloudSettings, upstreams: readonly string[]): readonly string[] {
  return upstreams.map((name) => repositoryArn(cloud, `${name}/*`));
}

/** What `factory notify` tells people by. @param topics ARNs of SNS */
function tell(topics: readonly string[]): readonly Statement[] {
  return topics.length === 0 ? [] : [{ Sid: "Tell", Effect: "Allow", Action: ["sns:Publish"], Resource: topics }];
}

function sign(signingKey: string): Statement {
  return {
    Sid: "Sign",
    Effect: "Allow",
    Action: ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"],
    Resource: signingKey,
  };
}

/**
 * The one role that builds, proves, signs and releases. It changes nothing else of the cloud: the deployer's role does.
 *
 * @param topics ARNs of the topics that it may tell people by
 */
export function builderPolicy(
  cloud: CloudSettings,
  names: CloudNames,
  upstreams: readonly string[],
  signingKey: string,
  topics: readonly string[] = [],
): PolicyDocument {
  return policyDocument(
    REGISTRY_TOKEN,
    ...ordinaryRun(cloud, names),
    ...moveTheAlarm(cloud, names),
    pushAndPull(cloud, names),
    quarantine(cloud, names),
    ...pullFrom("Upstream", caches(cloud, upstreams)),
    sign(signingKey),
    ...tell(topics),
  );
}

/**
 * The one role of a stack that builds nothing: it takes over from another stack's registry, and vouches for it.
 *
 * @param sources ARN patterns of the repositories that it takes from
 */
export function promoterPolicy(
  cloud: CloudSettings,
  names: CloudNames,
  sources: readonly string[],
  signingKey: string,
): PolicyDocument {
  return policyDocument(
    REGISTRY_TOKEN,
    ...ordinaryRun(cloud, names),
    pushAndPull(cloud, names),
    ...pullFrom("Source", sources),
    sign(signingKey),
  );
}

/**
 * Jobs of pull requests: build into quarantine and keep the state of their own stacks (`pr-<n>`). They read what is
 * released, and can neither release nor sign.
 */
export function proposerPolicy(cloud: CloudSettings, names: CloudNames, upstreams: readonly string[]): PolicyDocument {
  const { repositories, stateBucket } = names;
  const closed = CLOSED_FOLDERS.map((folder) => repositoryArn(cloud, `${repositories}/${folder}/*`));
  return policyDocument(
    REGISTRY_TOKEN,
    ...stateOf(cloud, names, ".pulumi/*/pr-*"),
    {
      Sid: "StateFormat",
      Effect: "Allow",
      Action: ["s3:GetObject"],
      Resource: `arn:aws:s3:::${stateBucket}/.pulumi/meta.yaml`,
    },
    { Sid: "PushIntoQuarantine", Effect: "Allow", Action: PUSH, Resource: closed },
    quarantine(cloud, names),
    ...pullFrom("Pull", [repositoryArn(cloud, `${repositories}/*`), ...caches(cloud, upstreams)], READ),
  );
}

/**
 * Rescans, verification, proposals: looks at everything, changes nothing.
 *
 * @param sources ARN patterns of the repositories of another registry, for a stack that promotes
 * @param topics ARNs of the topics that it may tell people by
 */
export function readerPolicy(
  cloud: CloudSettings,
  { repositories }: CloudNames,
  sources: readonly string[] = [],
  topics: readonly string[] = [],
): PolicyDocument {
  return policyDocument(
    REGISTRY_TOKEN,
    {
      Sid: "Pull",
      Effect: "Allow",
      Action: [...READ, "ecr:DescribeImages"],
      Resource: repositoryArn(cloud, `${repositories}/*`),
    },
    ...pullFrom("Source", sources, READ),
    ...tell(topics),
  );
}

/**
 * The job that looks upstream and adopts: reads what is released and the stack's state, whose secrets stay closed to it, and
 * keeps what it adopts in quarantine.
 */
export function watcherPolicy(cloud: CloudSettings, names: CloudNames, upstreams: readonly string[]): PolicyDocument {
  const { repositories, stateBucket } = names;
  const mirrors = repositoryArn(cloud, `${repositories}/candidate/mirror/*`);
  return policyDocument(
    REGISTRY_TOKEN,
    { Sid: "State", Effect: "Allow", Action: ["s3:ListBucket"], Resource: `arn:aws:s3:::${stateBucket}` },
    { Sid: "StateFiles", Effect: "Allow", Action: ["s3:GetObject"], Resource: `arn:aws:s3:::${stateBucket}/.pulumi/*` },
    ...pullFrom("Pull", [repositoryArn(cloud, `${repositories}/*`), ...caches(cloud, upstreams)], READ),
    { Sid: "KeepWhatIsAdopted", Effect: "Allow", Action: [...PUSH, "ecr:CreateRepository"], Resource: mirrors },
  );
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
