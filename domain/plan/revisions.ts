import { posix } from "node:path";
import type { VariantNode } from "../graph/types.js";
import { contextSources } from "./context-sources.js";
import { judge, parseIgnore } from "./ignore-rules.js";
import type { ImageSource } from "./sources.js";
import type { Revision } from "./types.js";

/** Between folders that are one thing for git: the last commit that touched any of them counts. git quotes it in paths. */
const BETWEEN = "\n";

/** What git says of the folders of images. */
export interface Revisions {
  /** By folder, relative to the root, or by several (`foldersOf`): of all its files but its documents. */
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

/** The folders that an image is made from, as one text: its own, then those of its mixins and those of the project that it takes. */
export function foldersOf(node: VariantNode): string {
  if (node.mixins.length === 0 && node.image.context === undefined) return node.image.directory;
  const others = [...node.mixins.map(({ directory }) => directory), ...projectFolders(node)];
  return [node.image.directory, ...[...new Set(others)].sort()].join(BETWEEN);
}

/** What lies beside the image's own folder is another image's, and no input of this one. */
function projectFolders(node: VariantNode): readonly string[] {
  const { context, directory } = node.image;
  if (context === undefined) return [];
  const sources = contextSources(node, new Map());
  const tops = sources === "everything" ? [] : sources.map((path) => path.split("/")[0] ?? "");
  return tops.filter((top) => !`${directory}/`.startsWith(`${top}/`));
}

export function splitFolders(folders: string): readonly string[] {
  return folders.split(BETWEEN);
}

/**
 * The revision of folders (`foldersOf`) for a build that takes these files of its context.
 *
 * @param context relative to the root; default: the first folder
 */
export function revisionOf(
  { byDirectory, ignored, withDocuments }: Revisions,
  folders: string,
  source: Pick<ImageSource, "contextPaths" | "ignore">,
  context?: string,
): Revision {
  const all = withDocuments?.get(folders);
  if (all === undefined && ignored.size === 0) return byDirectory.get(folders) ?? NO_REVISION;
  const [directory = ""] = splitFolders(folders);
  const from = context ?? directory;
  const counts = all !== undefined && takesDocuments(source, posix.relative(from, directory));
  const revision = (counts ? all : byDirectory.get(folders)) ?? NO_REVISION;
  if (revision.dirty || ignored.size === 0) return revision;
  return source.contextPaths.some((path) => isIgnored(ignored, posix.join(from, path)))
    ? { ...revision, dirty: true }
    : revision;
}

/** @param folder the image's, relative to its context */
function takesDocuments(
  { contextPaths, ignore }: Pick<ImageSource, "contextPaths" | "ignore">,
  folder: string,
): boolean {
  const rules = parseIgnore(ignore);
  const prefix = folder === "" ? "" : `${folder}/`;
  const own = contextPaths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
  return own.some(isDocument) || SAMPLES.some((name) => !judge(rules, `${prefix}${name}`).ignored);
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
