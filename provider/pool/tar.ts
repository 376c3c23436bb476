import { createReadStream } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import tar from "tar-stream";
import type { TarEntry } from "./tar-entry.js";

const types = { file: "file", directory: "directory", symlink: "symlink", link: "hardlink" } as const;

/** Reads a whole tar archive. Paths come out normalised; the root itself (`./`) is left out. */
export async function readTar(archive: Buffer): Promise<readonly TarEntry[]> {
  const entries: TarEntry[] = [];
  const extract = tar.extract();
  const reading = pipeline(Readable.from([archive]), extract);
  // A fault of the archive reaches the loop below too; without a handler Node ends the process at the first rejection.
  reading.catch(() => undefined);
  for await (const entry of extract) {
    const { header } = entry;
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    const name = normalise(header.name);
    if (name === "") continue;
    if (!isKnown(header.type))
      throw new Error(`"${header.name}" is a ${header.type}: only files, directories and links are taken`);
    const type = types[header.type];
    entries.push({
      path: name,
      type,
      mode: (header.mode ?? 0o644) & 0o7777,
      uid: header.uid ?? 0,
      gid: header.gid ?? 0,
      mtime: Math.floor((header.mtime?.getTime() ?? 0) / 1000),
      ...(type === "symlink" ? { linkTarget: header.linkname ?? "" } : {}),
      ...(type === "hardlink" ? { linkTarget: normalise(header.linkname ?? "") } : {}),
      ...(type === "file" ? { content: Buffer.concat(chunks) } : {}),
    });
  }
  await reading;
  return entries;
}

function isKnown(type: string | null | undefined): type is keyof typeof types {
  return type != null && type in types;
}

/** A tar path as we write it; one that leaves the root is refused. */
function normalise(name: string): string {
  const normal = path.posix.normalize(`/${name}`).replace(/\/$/, "").slice(1);
  if (name.split("/").includes("..")) throw new Error(`"${name}" leads out of the archive`);
  return normal;
}

/** The entries as a tar stream: a function of the entries alone. */
export function writeTar(entries: AsyncIterable<TarEntry> | Iterable<TarEntry>): Readable {
  const pack = tar.pack();
  void pump(entries, pack).catch((error: Error) => pack.destroy(error));
  return Readable.from(pack, { objectMode: false });
}

async function pump(entries: AsyncIterable<TarEntry> | Iterable<TarEntry>, pack: tar.Pack): Promise<void> {
  for await (const entry of entries) {
    const header = {
      name: entry.type === "directory" ? `${entry.path}/` : entry.path,
      type: entry.type === "hardlink" ? ("link" as const) : entry.type,
      mode: entry.mode,
      uid: entry.uid,
      gid: entry.gid,
      mtime: new Date(entry.mtime * 1000),
      ...(entry.linkTarget === undefined ? {} : { linkname: entry.linkTarget }),
    };
    const content = entry.content;
    if (content === undefined || content instanceof Uint8Array) {
      await written((done) => pack.entry(header, Buffer.from(content ?? []), done));
    } else {
      await pipeline(createReadStream(content.file), pack.entry({ ...header, size: content.size }));
    }
  }
  pack.finalize();
}

function written(start: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));
}
