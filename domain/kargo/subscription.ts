import type { Problem } from "../problems.js";
import type { Warehouse as WatchedRepository } from "../state/types.js";
import type { Warehouse } from "./models.js";

type Subscription = Warehouse["spec"]["subscriptions"][number];

/** The present version's limit of tags that one look discovers. What is older than the newest twenty is no news. */
const DISCOVERED = 20;

/** Of a registry without the referrers API: signatures and attestations are tags there, and no images. */
const REFERRERS = "^sha256-";

/**
 * How Kargo looks for digests of a repository. One tag is followed by its digest. Tags that are strict versions are ordered as
 * such; all others by their build time, which only makes Kargo tell us: what is adopted, and when, the engine decides.
 */
export function subscriptionOf({ repoURL, allowTags, platform }: WatchedRepository): Subscription {
  const common = { repoURL, ...(platform === undefined ? {} : { platform }), discoveryLimit: DISCOVERED };
  if (allowTags === undefined) {
    return { image: { ...common, imageSelectionStrategy: "NewestBuild", ignoreTagsRegexes: [REFERRERS] } };
  }
  const tag = onlyTag(allowTags);
  if (tag !== undefined) return { image: { ...common, imageSelectionStrategy: "Digest", constraint: tag } };
  const tags = { allowTagsRegexes: [allowTags], ignoreTagsRegexes: [REFERRERS] };
  if (isStrictVersion(allowTags)) {
    return { image: { ...common, imageSelectionStrategy: "SemVer", strictSemvers: true, ...tags } };
  }
  return { image: { ...common, imageSelectionStrategy: "NewestBuild", ...tags } };
}

/** What Kargo would refuse or read otherwise, each with the entry it comes from. */
export function subscriptionProblems(
  { allowTags, platform }: WatchedRepository,
  place: Problem["place"],
): readonly Problem[] {
  const problems: Problem[] = [];
  const construct = allowTags === undefined ? undefined : notInRe2(allowTags);
  if (construct !== undefined) {
    const message = `allowTags "${allowTags}" uses ${construct}, which Kargo's regular expressions (RE2) lack.`;
    problems.push({ place, message, remedy: "Write it without, e.g. as alternatives in ( | )." });
  }
  if (platform !== undefined && !/^\w+\/\w+$/.test(platform)) {
    const message = `platform ${platform} has a variant, and Kargo takes only system and architecture.`;
    problems.push({ place, message, remedy: "Remove platform: then the digest of the whole index is watched." });
  }
  return problems;
}

/** The one tag that `^1\.29$` allows. */
function onlyTag(allowTags: string): string | undefined {
  const inner = /^\^(.*)\$$/.exec(allowTags)?.[1] ?? "";
  if (!/^(?:[\w-]|\\[.+])+$/.test(inner)) return undefined;
  return inner.replaceAll("\\", "");
}

/** Three numbers and nothing else, each a number, digits or a class of them: `^1\.29\.\d+$`. */
function isStrictVersion(allowTags: string): boolean {
  const number = String.raw`(?:\d+|\\d[+*]?|\[0-9\][+*]?|\(\?:\d+(?:\|\d+)*\)|\(\d+(?:\|\d+)*\))+`;
  return new RegExp(String.raw`^\^(?:v\??)?${number}\\\.${number}\\\.${number}\$$`).test(allowTags);
}

/** What JavaScript's regular expressions have and Go's lack. */
function notInRe2(pattern: string): string | undefined {
  const bare = pattern.replaceAll(/\\\\/g, "");
  if (/(?<!\\)\(\?<?[=!]/.test(bare)) return "a look-ahead or look-behind";
  if (/\\[1-9]|\\k</.test(bare)) return "a back reference";
  if (/\\u|\\c/.test(bare)) return "an escape of JavaScript (\\u, \\c)";
  return /\[\^?\]/.test(bare) ? "an empty class" : undefined;
}
