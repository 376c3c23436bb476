import type { TagRule } from "../catalogue/types.js";
import type { Revision } from "../plan/types.js";
import type { ReleaseEvent } from "../settings/release.js";

/** The tags of a release. `b-<buildId>` comes on top of every one. */
export interface ReleaseTags {
  /** Set once: a release of another digest under one of them is refused. */
  readonly fixed: readonly string[];
  /** Move to every newer release. */
  readonly moving: readonly string[];
  /** The moving tag whose history is kept for rollbacks; absent where none is. */
  readonly head?: string;
}

/**
 * The tags that an event gives a release. A dirty tree gets the channel only: its content is in no commit and no version.
 *
 * @returns undefined where nothing is released
 */
export function releaseTags(
  event: ReleaseEvent,
  rule: TagRule,
  channel: string,
  revision: Revision,
): ReleaseTags | undefined {
  switch (event.kind) {
    case "channel": {
      const moving = ruleTags(rule, channel, revision);
      return { fixed: [], moving, ...(rule.channel ? { head: channel } : {}) };
    }
    case "main":
      return { fixed: [`main-${event.commit.slice(0, 12)}`], moving: ["latest"], head: "latest" };
    case "version": {
      const shorter = shorterForms(event.version);
      if (shorter.length === 0) return { fixed: [event.version], moving: [] };
      return { fixed: [event.version], moving: [...shorter, "latest"], head: "latest" };
    }
    case "manual":
      return { fixed: [], moving: [event.tag] };
    case "pull-request":
      return undefined;
  }
}

/** `X.Y.Z`, `X.Y`, `X` move here, too: a rebuild on a patched base has the same version and commit, but another digest. */
function ruleTags(rule: TagRule, channel: string, revision: Revision): readonly string[] {
  const tags = rule.channel ? [channel] : [];
  if (revision.dirty) return tags;
  if (rule.semver !== undefined) tags.push(rule.semver.replaceAll("+", "_"), ...shorterForms(rule.semver));
  if (rule.commit && revision.commit !== "") tags.push(`c-${revision.commit.slice(0, 12)}`);
  return tags;
}

/** `X.Y` and `X` of `X.Y.Z`, with its `v` where it has one; none of a pre-release or a build. */
export function shorterForms(version: string): readonly string[] {
  const { prefix, numbers } = parseVersion(version) ?? {};
  if (numbers === undefined) return [];
  const [major, minor] = numbers;
  return [`${prefix}${major}.${minor}`, `${prefix}${major}`];
}

/** A released version: three numbers, perhaps after a `v`. */
export interface Version {
  readonly prefix: "" | "v";
  readonly numbers: readonly [major: bigint, minor: bigint, patch: bigint];
}

/** @returns undefined for pre-releases, builds, shorter forms and everything else */
export function parseVersion(tag: string): Version | undefined {
  const [, prefix, major, minor, patch] = /^(v?)(\d+)\.(\d+)\.(\d+)$/.exec(tag) ?? [];
  if (major === undefined || minor === undefined || patch === undefined) return undefined;
  return { prefix: prefix === "v" ? "v" : "", numbers: [BigInt(major), BigInt(minor), BigInt(patch)] };
}
