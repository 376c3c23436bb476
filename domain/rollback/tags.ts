import { parseHistoryTag } from "../release/history.js";

/** What an image's own labels say that it is. */
export interface Identity {
  /** `org.opencontainers.image.version` */
  readonly version?: string;
  /** `org.opencontainers.image.revision` */
  readonly revision?: string;
}

/** Whether a tag means one digest for good: builds, history, attachments, commits on main, versions with a `v`. */
export function isFixed(tag: string): boolean {
  return (
    /^(?:b-|sha256-|main-)/.test(tag) || /^v\d+\.\d+\.\d+(?:[-_]|$)/.test(tag) || parseHistoryTag(tag) !== undefined
  );
}

/** Whether a tag may mean an image: a whole version or a commit names nothing but itself, all others move to any. */
export function mayMean(tag: string, { version, revision }: Identity): boolean {
  if (isFixed(tag)) return false;
  if (/^\d+\.\d+\.\d+(?:[-_]|$)/.test(tag)) return tag === version?.replaceAll("+", "_");
  if (tag.startsWith("c-")) return revision !== undefined && tag === `c-${revision.slice(0, 12)}`;
  return true;
}
