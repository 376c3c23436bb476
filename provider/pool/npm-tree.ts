import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { directory } from "./debian-files.js";
import { readTar } from "./tar.js";
import type { TarEntry } from "./tar-entry.js";

/**
 * What unpacking a package's tarball into `folder` (no leading `/`) gives: the files below the tarball's one root folder, as npm writes them
 * (owned by root, 0755 where executable, else 0644, no links). Directories come from `withDirectories`.
 */
export async function unpackTarball(tarball: string, folder: string): Promise<readonly TarEntry[]> {
  const files = new Map<string, TarEntry>();
  for (const entry of await readTar(gunzipSync(await readFile(tarball)))) {
    const [, ...rest] = entry.path.split("/");
    if (entry.type !== "file" || rest.length === 0) continue;
    const path = [folder, ...rest].join("/");
    files.set(path, { ...entry, path, mode: (entry.mode & 0o111) === 0 ? 0o644 : 0o755, uid: 0, gid: 0 });
  }
  return [...files.values()];
}

/** The entries with the directories that they stand in, each before the first thing in it; a tree is never whole in memory. */
export async function* withDirectories(entries: AsyncIterable<TarEntry>): AsyncIterable<TarEntry> {
  const made = new Set<string>();
  for await (const entry of entries) {
    const parts = entry.path.split("/");
    for (let depth = 1; depth < parts.length; depth++) {
      const path = parts.slice(0, depth).join("/");
      if (made.has(path)) continue;
      made.add(path);
      yield directory(path, 0);
    }
    yield entry;
  }
}
