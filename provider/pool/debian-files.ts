import type { TarEntry } from "./tar-entry.js";

/** Folders of documentation that no program reads; `copyright` stays, as the licences demand. */
const documentation = [
  "usr/share/doc/",
  "usr/share/doc-base/",
  "usr/share/man/",
  "usr/share/info/",
  "usr/share/locale/",
  "usr/share/lintian/",
  "usr/share/bug/",
];

const isCopyright = /^usr\/share\/doc\/[^/]+\/copyright$/;
const isDocumentationFolder = /^usr\/share\/doc\/[^/]+$/;

/**
 * What a package's archive becomes in an image: without documentation, every path where a merged-usr system has it, and
 * with every folder that an entry needs, before it.
 */
export function imageEntries(packaged: readonly TarEntry[]): readonly TarEntry[] {
  const all = packaged.map(mergeUsr);
  const kept = all.filter((entry) => entry.type !== "directory" && !isLeftOut(entry));
  const directories = new Map(all.flatMap((entry) => (entry.type === "directory" ? [[entry.path, entry]] : [])));
  const wanted = all.filter((entry) => entry.type === "directory" && !isDocumentation(`${entry.path}/`));
  return withDirectories([...wanted, ...movedHardLinks(kept, all)], directories);
}

/** The entries with all folders above them, each folder once and before what it holds. */
export function withDirectories(
  entries: readonly TarEntry[],
  known: ReadonlyMap<string, TarEntry> = new Map(),
): readonly TarEntry[] {
  const result = new Map<string, TarEntry>();
  for (const entry of entries) {
    for (const parent of parentsOf(entry.path)) {
      if (!result.has(parent)) result.set(parent, known.get(parent) ?? directory(parent, 0));
    }
    result.set(entry.path, entry);
  }
  return [...result.values()];
}

export function directory(path: string, mtime: number, mode = 0o755): TarEntry {
  return { path, type: "directory", mode, uid: 0, gid: 0, mtime };
}

export function textFile(path: string, text: string | Uint8Array, mtime: number, mode = 0o644): TarEntry {
  return { path, type: "file", mode, uid: 0, gid: 0, mtime, content: Buffer.from(text) };
}

export function symlink(path: string, target: string, mtime: number): TarEntry {
  return { path, type: "symlink", mode: 0o777, uid: 0, gid: 0, mtime, linkTarget: target };
}

function parentsOf(path: string): readonly string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** `bin/x` is `usr/bin/x`, since base-files makes `bin` a link; an archive that says `bin/` would replace the link by a folder. */
function mergeUsr(entry: TarEntry): TarEntry {
  const path = merged(entry.path, entry.type === "directory");
  return entry.type === "hardlink"
    ? { ...entry, path, linkTarget: merged(entry.linkTarget ?? "", false) }
    : { ...entry, path };
}

function merged(path: string, isDirectory: boolean): string {
  return (isDirectory ? /^(bin|sbin|lib|lib64)(\/|$)/ : /^(bin|sbin|lib|lib64)\//).test(path) ? `usr/${path}` : path;
}

function isDocumentation(path: string): boolean {
  return documentation.some((folder) => path.startsWith(folder));
}

/** Documentation, but for a copyright file, and a link that shares another package's folder with its copyright. */
function isLeftOut(entry: TarEntry): boolean {
  if (entry.type === "symlink" && isDocumentationFolder.test(entry.path)) return false;
  return isDocumentation(entry.path) && !isCopyright.test(entry.path);
}

/** Where the file behind a hard link was left out, the first link to it becomes the file. */
function movedHardLinks(kept: readonly TarEntry[], all: readonly TarEntry[]): readonly TarEntry[] {
  const present = new Set(kept.filter((entry) => entry.type === "file").map((entry) => entry.path));
  const movedTo = new Map<string, string>();
  return kept.map((entry) => {
    const target = entry.linkTarget ?? "";
    if (entry.type !== "hardlink" || present.has(target)) return entry;
    const moved = movedTo.get(target);
    if (moved !== undefined) return { ...entry, linkTarget: moved };
    const file = all.find((candidate) => candidate.type === "file" && candidate.path === target);
    if (file === undefined)
      throw new Error(`hard link "${entry.path}" leads to "${target}", which is not in the package`);
    movedTo.set(target, entry.path);
    return { ...file, path: entry.path };
  });
}
