import { isRecord } from "../documents.js";
import type { Finding, ResourceRule } from "../resource-rule.js";
import { rulePage } from "../rule.js";

export const protectedRepositories: ResourceRule = {
  id: "protected-repositories",
  title: "Repositories are immutable and encrypted",
  description:
    "A repository of ECR, or a template for repositories, has to keep its tags where they are and encrypt with a key of KMS.",
  remedy: "Set imageTagMutability to IMMUTABLE or IMMUTABLE_WITH_EXCLUSION, and encryptionConfigurations to KMS.",
  url: rulePage("protected-repositories"),
  types: /^aws:ecr\/(?:repository:Repository|repositoryCreationTemplate:RepositoryCreationTemplate)$/,
  findings: ({ props }) => {
    const { imageTagMutability: mutability, imageTagMutabilityExclusionFilters: filters } = props;
    const found: Finding[] = [];
    if (!mayMove(props) && mutability !== "IMMUTABLE" && mutability !== "IMMUTABLE_WITH_EXCLUSION") {
      found.push({
        message: `imageTagMutability is ${mutability ?? "MUTABLE"}, so that any tag can move; allowed are IMMUTABLE and IMMUTABLE_WITH_EXCLUSION.`,
        remedy: "Set IMMUTABLE_WITH_EXCLUSION, and name the tags that move as imageTagMutabilityExclusionFilters.",
      });
    }
    const all = list(filters).find((filter) => isRecord(filter) && /^\*+$/.test(String(filter.filter)));
    if (all !== undefined) {
      const message = 'a filter of imageTagMutabilityExclusionFilters is "*", which lets every tag move.';
      found.push({ message, remedy: "Name the tags that move, e.g. staging." });
    }
    const encrypted = list(props.encryptionConfigurations).some(
      (each) => isRecord(each) && /^KMS/.test(String(each.encryptionType)),
    );
    if (!encrypted) {
      const message = "it is encrypted with Amazon's own key, whose use nobody can see or end.";
      found.push({ message, remedy: "Add encryptionConfigurations: [{ encryptionType: KMS, kmsKey: ARN }]." });
    }
    return found;
  },
};

/** Build caches and caches of upstreams: nothing is built on their tags, and a cache that cannot move is none. */
function mayMove({ prefix, appliedFors }: Readonly<Record<string, unknown>>): boolean {
  if (list(appliedFors).every((each) => each === "PULL_THROUGH_CACHE") && list(appliedFors).length > 0) return true;
  return typeof prefix === "string" && /(?:^|\/)cache$/.test(prefix);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
