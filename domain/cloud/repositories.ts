import type { TagRule } from "../catalogue/types.js";
import type { CloudSettings } from "../settings/cloud.js";
import { type CloudNames, repositoryArn } from "./names.js";
import { accountRoot, type PolicyDocument, policyDocument } from "./policy-document.js";

/** ECR takes no more patterns of tags that may move. */
export const MAX_TAG_FILTERS = 5;

/**
 * Patterns of the tags that may move in an image's repository; all others never do. What this run moves comes first, then
 * what other runs of the same stack move, as far as there is room: what is left out for now comes back with its own run.
 *
 * @param moving tags that this run moves
 */
export function movingTagFilters(rule: TagRule, channel: string, moving: readonly string[]): readonly string[] {
  const major = rule.semver === undefined ? undefined : /^v?\d+/.exec(rule.semver)?.[0];
  const standing = [channel, "latest", ...(major === undefined ? [] : [`${major}*`]), ...(rule.commit ? ["c-*"] : [])];
  const covers = (pattern: string, tag: string) =>
    pattern.endsWith("*") ? tag.startsWith(pattern.slice(0, -1)) : pattern === tag;
  const needed = moving.map((tag) => standing.find((pattern) => covers(pattern, tag)) ?? tag);
  return [...new Set([...needed, ...standing])].slice(0, MAX_TAG_FILTERS);
}

/**
 * The same for repositories of other teams, which their first release makes: nobody here knows their images' rules, so
 * versions from 2 on get their shorter forms once only.
 */
export function teamTagFilters(channel: string): readonly string[] {
  return [...new Set([channel, "latest", "c-*", "0*", "1*"])].slice(0, MAX_TAG_FILTERS);
}

interface LifecycleRule {
  readonly rulePriority: number;
  readonly description: string;
  readonly selection: Readonly<Record<string, unknown>>;
  readonly action: { readonly type: "expire" };
}

export interface LifecyclePolicy {
  readonly rules: readonly LifecycleRule[];
}

function expire(rulePriority: number, description: string, selection: LifecycleRule["selection"]): LifecycleRule {
  return { rulePriority, description, selection, action: { type: "expire" } };
}

const tagged = (...patterns: readonly string[]) => ({ tagStatus: "tagged", tagPatternList: patterns });
const olderThan = (days: number) => ({ countType: "sinceImagePushed", countUnit: "days", countNumber: days });

/**
 * What goes of a released image. ECR has no rule that keeps; but what a rule selects is left alone by all later ones, so the
 * first ones select what must stay, and more of it than there can be. Nothing selects what has no tag: that is platforms and
 * attestations, which go with their index.
 *
 * @param keep tags that promotions and the channel stand on, e.g. `staging`
 */
export function releaseLifecycle(
  { keepReleases, keepDays }: Pick<CloudSettings, "keepReleases" | "keepDays">,
  keep: readonly string[],
): LifecyclePolicy {
  const all = { countType: "imageCountMoreThan", countNumber: 9999 };
  const kept = [...keep, "v*"].map((pattern, index) =>
    expire(index + 1, `keeps what ${pattern} names`, { ...tagged(pattern), ...all }),
  );
  return {
    rules: [
      ...kept,
      expire(kept.length + 1, "keeps the last releases, to which a rollback may go back", {
        ...tagged("r-*"),
        countType: "imageCountMoreThan",
        countNumber: keepReleases,
      }),
      expire(kept.length + 2, "ends builds that no release names any more", {
        ...tagged("b-*"),
        ...olderThan(keepDays),
      }),
    ],
  };
}

/** Everything goes after some days: what was proved has been copied out by then. */
export function temporaryLifecycle(days: number): LifecyclePolicy {
  return { rules: [expire(1, "ends what is old", { tagStatus: "any", ...olderThan(days) })] };
}

/** What pulling an image takes. */
export const PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

/** And telling what there is: by its tags a release's history is read. */
export const READ = [...PULL, "ecr:ListImages"];

/** Folders of repositories that no consumer may read. */
export const CLOSED_FOLDERS = ["candidate", "pool", "cache"] as const;

/**
 * Who may pull, for the whole registry (scope V2, the default of new accounts): one policy instead of one for each
 * repository. Quarantine is denied to all but the stack's own roles, whatever their own policies allow.
 *
 * @param insiders ARNs of the roles that build, prove and release
 */
export function registryPolicy(
  cloud: CloudSettings,
  { repositories }: Pick<CloudNames, "repositories">,
  insiders: readonly string[],
): PolicyDocument {
  const deny = {
    Sid: "QuarantineIsClosed",
    Effect: "Deny",
    Principal: "*",
    Action: READ,
    // Our own, and those of other teams below their prefixes.
    Resource: [repositories, `${repositories}/*`].flatMap((prefix) =>
      CLOSED_FOLDERS.map((folder) => repositoryArn(cloud, `${prefix}/${folder}/*`)),
    ),
    Condition: { ArnNotEquals: { "aws:PrincipalArn": [...insiders] } },
  } as const;
  if (cloud.consumers.length === 0) return policyDocument(deny);
  const pull = {
    Sid: "ConsumersPull",
    Effect: "Allow",
    Principal: { AWS: cloud.consumers.map(accountRoot) },
    Action: READ,
    Resource: repositoryArn(cloud, `${repositories}/*`),
  } as const;
  return policyDocument(pull, deny);
}

/** Groups of at most 100, which is what a rule of ECR's replication takes; without a filter it would take quarantine along. */
export function replicationFilters(repositories: readonly string[]): readonly (readonly string[])[] {
  const groups: string[][] = [];
  for (const [index, repository] of repositories.entries()) {
    if (index % 100 === 0) groups.push([]);
    groups.at(-1)?.push(repository);
  }
  return groups;
}
