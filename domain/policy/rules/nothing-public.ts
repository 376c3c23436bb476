import { isRecord, type ReadStatement, readStatements } from "../documents.js";
import type { Finding, ResourceRule } from "../resource-rule.js";
import { rulePage } from "../rule.js";

/** Which property of which resource says who may use it. */
const documents: Readonly<Record<string, string>> = {
  "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
  "aws:ecr/registryPolicy:RegistryPolicy": "policy",
  "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": "repositoryPolicy",
  "aws:kms/key:Key": "policy",
  "aws:kms/keyPolicy:KeyPolicy": "policy",
  "aws:lambda/permission:Permission": "",
  "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
  "aws:sns/topic:Topic": "policy",
  "aws:sns/topicPolicy:TopicPolicy": "policy",
  "aws:sqs/queue:Queue": "policy",
  "aws:sqs/queuePolicy:QueuePolicy": "policy",
  "aws:s3/bucketPolicy:BucketPolicy": "policy",
};

/** Conditions that say whose a request is: with one of them, "everybody" is somebody. */
const OWNERS = /^aws:(?:SourceAccount|SourceOrgID|SourceArn|PrincipalOrgID|PrincipalAccount|PrincipalArn)$/;

export const nothingPublic: ResourceRule = {
  id: "nothing-public",
  title: "Nothing is open to everybody",
  description: "No resource may be usable by anybody, in AWS or on Kubernetes: every policy has to say by whom.",
  remedy: "Name the accounts or roles, or a condition such as aws:PrincipalOrgID.",
  url: rulePage("nothing-public"),
  types: /^(?:aws:|kubernetes:core\/v1:Service$|github:index\/repository:Repository$)/,
  findings: ({ type, props }) => {
    if (type.startsWith("aws:ecrpublic/")) {
      return [{ message: "it publishes to ECR Public, where everybody pulls.", remedy: "Use a private repository." }];
    }
    if (type === "kubernetes:core/v1:Service") return service(props);
    if (type.startsWith("github:")) {
      if (props.visibility !== "public") return [];
      return [{ message: "visibility is public.", remedy: "Set visibility to private or internal." }];
    }
    if (type === "aws:lambda/functionUrl:FunctionUrl" && props.authorizationType === "NONE") {
      return [{ message: "authorizationType is NONE: anybody can call it.", remedy: "Set it to AWS_IAM." }];
    }
    if (type === "aws:lambda/permission:Permission") {
      if (props.principal !== "*") return [];
      return [{ message: 'principal is "*".', remedy: "Name the service or the account." }];
    }
    const property = documents[type];
    if (property === undefined) return [];
    return (readStatements(props[property]) ?? []).filter(isOpen).map(({ actions }) => ({
      message: `${property} allows everybody ${actions.join(", ") || "all but what it names"}.`,
      remedy: nothingPublic.remedy,
    }));
  },
};

function isOpen({ effect, principals, conditions, negated }: ReadStatement): boolean {
  if (effect !== "Allow") return false;
  if (negated.includes("NotPrincipal")) return true;
  return principals.includes("*") && !conditions.some(([, key, values]) => OWNERS.test(key) && !values.includes("*"));
}

function service({ spec }: Readonly<Record<string, unknown>>): readonly Finding[] {
  if (!isRecord(spec) || !["LoadBalancer", "NodePort"].includes(String(spec.type))) return [];
  const message = `spec.type is ${String(spec.type)}, which is reachable from outside the cluster.`;
  return [{ message, remedy: "Use ClusterIP; clients come from inside." }];
}
