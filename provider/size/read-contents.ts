import { PassThrough, Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import zlib from "node:zlib";
import { extract } from "tar-stream";
import { debianOwners, listedPackage, sizesByOwner } from "../../domain/size/contents.js";
import type { ContentSize } from "../../domain/size/types.js";
import type { RegistryClient } from "../registry/client.js";
import type { Descriptor } from "../registry/descriptor.js";
import { createZstdDecompress } from "./zstd.js";

/** Longer lists of a Debian package's files do not exist. */
const LONGEST_LIST = 16 << 20;

/** What is in a layer, by what it belongs to; read as a stream. Nothing for a compression that is not known here. */
export async function readContents(
  client: RegistryClient,
  repository: string,
  { digest, mediaType }: Descriptor,
  signal: AbortSignal,
): Promise<readonly ContentSize[]> {
  const unpack = decompressor(mediaType);
  if (unpack === undefined) return [];
  const archive = extract();
  const files: { readonly path: string; readonly size: number }[] = [];
  const lists: (readonly [name: string, text: string])[] = [];
  const read = async () => {
    for await (const entry of archive) {
      const { name: path, size } = entry.header;
      files.push({ path, size });
      const listed = size > LONGEST_LIST ? undefined : listedPackage(path);
      if (listed === undefined) {
        entry.resume();
        continue;
      }
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      lists.push([listed, Buffer.concat(chunks).toString()]);
    }
  };
  const blob = await client.openBlob(repository, digest, signal);
  // tar-stream's streams are those of streamx, which Node's types do not know.
  const sink = archive as unknown as NodeJS.WritableStream;
  await Promise.all([pipeline(Readable.fromWeb(blob), unpack, sink, { signal }), read()]);
  return sizesByOwner(files, debianOwners(lists));
}

/** @returns undefined for a compression that is not known here */
export function decompressor(mediaType: string): Transform | undefined {
  if (/[.+]gzip$/.test(mediaType)) return zlib.createGunzip();
  if (mediaType.endsWith("+zstd")) return createZstdDecompress();
  return mediaType.endsWith(".tar") ? new PassThrough() : undefined;
}
