import type { Revision } from "./types.js";

/** What git says of the folders of images. */
export interface Revisions {
  /** By folder, relative to the root. */
  readonly byDirectory: ReadonlyMap<string, Revision>;
  /** Folders whose last commit lies beyond the end of a shallow clone, sorted: they have the oldest commit there is instead. */
  readonly cutOff: readonly string[];
  /** Files and folders that git ignores, relative to the root: in no commit, so an image that takes one is not its commit's. */
  readonly ignored: ReadonlySet<string>;
}

/** For what git does not know. */
export const NO_REVISION: Revision = { commit: "", epoch: 0, dirty: true };

/** The revision of a folder for a build that takes these of its files. */
export function revisionOf(
  { byDirectory, ignored }: Revisions,
  directory: string,
  contextPaths: readonly string[],
): Revision {
  const revision = byDirectory.get(directory) ?? NO_REVISION;
  if (revision.dirty || ignored.size === 0) return revision;
  return contextPaths.some((path) => isIgnored(ignored, `${directory}/${path}`))
    ? { ...revision, dirty: true }
    : revision;
}

function isIgnored(ignored: ReadonlySet<string>, path: string): boolean {
  if (ignored.has(path)) return true;
  for (const folder of ancestors(path)) if (ignored.has(folder)) return true;
  return false;
}

/** `a` and `a/b` of `a/b/c`. */
export function* ancestors(path: string): Generator<string> {
  for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", slash + 1)) yield path.slice(0, slash);
}
