import type { TagRule } from "../catalogue/types.js";
import type { Revision } from "../plan/types.js";

/**
 * The tags that a release moves to its digest: the channel, the version with its shorter forms (`1.4.2`, `1.4`, `1`), the
 * commit (`c-<first 12>`). A rebuild on a patched base moves them too: what never moves is `b-<buildId>`.
 * A dirty tree gets the channel only: its content is in no commit and no version.
 */
export function movingTags(rule: TagRule, channel: string, revision: Revision): readonly string[] {
  const tags = rule.channel ? [channel] : [];
  if (revision.dirty) return tags;
  if (rule.semver !== undefined) tags.push(...versionTags(rule.semver));
  if (rule.commit && revision.commit !== "") tags.push(`c-${revision.commit.slice(0, 12)}`);
  return tags;
}

/** `X.Y.Z` gives `X.Y.Z`, `X.Y`, `X`; a pre-release or build only itself, `+` written as `_`. */
function versionTags(version: string): readonly string[] {
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)$/.exec(version) ?? [];
  if (patch === undefined) return [version.replaceAll("+", "_")];
  return [version, `${major}.${minor}`, `${major}`];
}
