import { type ReadStatement, readStatements } from "../documents.js";
import type { Finding, ResourceRule } from "../resource-rule.js";
import { rulePage } from "../rule.js";

/** What AWS lets nobody narrow to a resource. */
const WITHOUT_RESOURCE: readonly string[] = [
  "ecr:GetAuthorizationToken",
  "inspector2:ListCoverage",
  "inspector2:ListFindings",
  "sts:GetCallerIdentity",
];

export const leastPrivilege: ResourceRule = {
  id: "least-privilege",
  title: "Roles may do what they are named for and no more",
  description:
    "A role's policies have to name actions and resources without a wildcard for all of them, and its trust has to name who takes it.",
  remedy: "Name each action, and the ARN of what it is about.",
  url: rulePage("least-privilege"),
  types: /^aws:iam\//,
  findings: ({ type, props }) => {
    switch (type) {
      case "aws:iam/role:Role":
        return [...trust(props.assumeRolePolicy), ...inline(props.inlinePolicies), ...managed(props.managedPolicyArns)];
      case "aws:iam/rolePolicy:RolePolicy":
      case "aws:iam/policy:Policy":
      case "aws:iam/userPolicy:UserPolicy":
      case "aws:iam/groupPolicy:GroupPolicy":
        return rights(props.policy);
      case "aws:iam/rolePolicyAttachment:RolePolicyAttachment":
        return managed([props.policyArn]);
      case "aws:iam/accessKey:AccessKey":
        return [{ message: "it is a key that lasts until somebody ends it.", remedy: "Let a role be taken by OIDC." }];
      default:
        return [];
    }
  },
};

function rights(policy: unknown): readonly Finding[] {
  return (readStatements(policy) ?? []).filter(({ effect }) => effect === "Allow").flatMap(wildcards);
}

function wildcards({ actions, resources, negated }: ReadStatement): readonly Finding[] {
  const found: Finding[] = negated.map((key) => ({
    message: `it allows by ${key}, and so whatever nobody thought of.`,
    remedy: leastPrivilege.remedy,
  }));
  for (const action of actions.filter((each) => /[*?]/.test(each))) {
    found.push({ message: `it allows the action "${action}".`, remedy: leastPrivilege.remedy });
  }
  const narrow = actions.filter((action) => !WITHOUT_RESOURCE.includes(action));
  // Below a service's own path a wildcard is a folder; before that it is everything.
  const all = resources.find((resource) => !/^arn:[^:*]+:[^:*]+:[^:*]*:[^:*]*:[^*]/.test(resource));
  if (all !== undefined && narrow.length > 0) {
    const message = `it allows ${narrow.join(", ")} on the resource "${all}".`;
    found.push({ message, remedy: leastPrivilege.remedy });
  }
  return found;
}

/** A subject of GitHub's has to name the repository; of others, somebody. */
function trust(policy: unknown): readonly Finding[] {
  const found: Finding[] = [];
  for (const { effect, principals, conditions } of readStatements(policy) ?? []) {
    if (effect !== "Allow") continue;
    if (principals.includes("*")) {
      found.push({ message: "anybody can take it.", remedy: "Name the service, the account or the issuer." });
    }
    if (!principals.some((principal) => principal.includes(":oidc-provider/"))) continue;
    const subjects = conditions.filter(([, key]) => key.endsWith(":sub")).flatMap(([, , values]) => values);
    const open = subjects.filter((subject) => !/^repo:[\w.-]+\/[\w.-]+:[^*]/.test(subject));
    if (subjects.length > 0 && open.length === 0) continue;
    const message =
      subjects.length === 0 ? "any job of anybody can take it." : `jobs of "${open.join(", ")}" can take it.`;
    found.push({
      message,
      remedy: "Ask for the subject of one repository, e.g. repo:example/images:environment:prod.",
    });
  }
  return found;
}

function inline(policies: unknown): readonly Finding[] {
  const list = Array.isArray(policies) ? policies : [];
  return list.flatMap((each: { readonly policy?: unknown }) => rights(each?.policy));
}

function managed(arns: unknown): readonly Finding[] {
  const list = Array.isArray(arns) ? arns : [];
  return list
    .filter((arn) =>
      /:policy\/(?:.*\/)?(?:AdministratorAccess|PowerUserAccess|IAMFullAccess|\w*FullAccess)$/.test(String(arn)),
    )
    .map((arn) => ({ message: `it has ${String(arn)}.`, remedy: leastPrivilege.remedy }));
}
