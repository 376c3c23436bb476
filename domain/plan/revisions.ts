import { judge, parseIgnore } from "./ignore-rules.js";
import type { ImageSource } from "./sources.js";
import type { Revision } from "./types.js";

/** What git says of the folders of images. */
export interface Revisions {
  /** By folder, relative to the root: of all its files but its documents. */
  readonly byDirectory: ReadonlyMap<string, Revision>;
  /** Of all its files, where that is another one. */
  readonly withDocuments?: ReadonlyMap<string, Revision>;
  /** Folders whose last commit lies beyond the end of a shallow clone, sorted: they have the oldest commit there is instead. */
  readonly cutOff: readonly string[];
  /** Files and folders that git ignores, relative to the root: in no commit, so an image that takes one is not its commit's. */
  readonly ignored: ReadonlySet<string>;
}

/** For what git does not know. */
export const NO_REVISION: Revision = { commit: "", epoch: 0, dirty: true };

/**
 * Whether a file of an image's folder says something about the image and is no part of it: what people read, what tests it,
 * what explains findings. A build that takes one nevertheless has it among its inputs.
 *
 * @param path relative to the folder
 */
export function isDocument(path: string): boolean {
  return /^(README\.md|test(-[^/]+)?\.ya?ml|[^/]+\.openvex\.json)$/.test(path);
}

/** One of each kind, for what was deleted: no list of files has it any more. */
const SAMPLES = ["README.md", "test.yaml", "test-variant.yaml", "image.openvex.json"];

/** The revision of a folder for a build that takes these of its files. */
export function revisionOf(
  { byDirectory, ignored, withDocuments }: Revisions,
  directory: string,
  source: Pick<ImageSource, "contextPaths" | "ignore">,
): Revision {
  const all = withDocuments?.get(directory);
  const revision = (all !== undefined && takesDocuments(source) ? all : byDirectory.get(directory)) ?? NO_REVISION;
  if (revision.dirty || ignored.size === 0) return revision;
  return source.contextPaths.some((path) => isIgnored(ignored, `${directory}/${path}`))
    ? { ...revision, dirty: true }
    : revision;
}

function takesDocuments({ contextPaths, ignore }: Pick<ImageSource, "contextPaths" | "ignore">): boolean {
  const rules = parseIgnore(ignore);
  return contextPaths.some(isDocument) || SAMPLES.some((name) => !judge(rules, name).ignored);
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
