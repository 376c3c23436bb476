import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { RegistryClient } from "../registry/client.js";
import type { Descriptor } from "../registry/descriptor.js";
import { decompressor } from "./read-contents.js";

/**
 * Bytes of a layer's archive, unpacked. A layer is read for that once: its digest names its content, so what was counted is
 * kept below `folder`, and holds for good.
 *
 * @returns undefined for a compression that is not known here
 */
export async function unpackedSize(
  client: RegistryClient,
  repository: string,
  layer: Descriptor,
  folder: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (layer.mediaType.endsWith(".tar")) return layer.size;
  const file = path.join(folder, layer.digest.replace(":", "-"));
  const known = await readCount(file);
  if (known !== undefined) return known;
  const unpack = decompressor(layer.mediaType);
  if (unpack === undefined) return undefined;
  let bytes = 0;
  const count = new Writable({
    write(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done();
    },
  });
  const blob = await client.openBlob(repository, layer.digest, signal);
  await pipeline(Readable.fromWeb(blob), unpack, count, { signal });
  await keepCount(file, bytes);
  return bytes;
}

async function readCount(file: string): Promise<number | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

async function keepCount(file: string, bytes: number): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(temporary, String(bytes));
    await rename(temporary, file);
  } catch {
    // It is counted again the next time.
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}
