import zlib from "node:zlib";
import { decompress as unzstd } from "fzstd";
import { XzReadableStream } from "xz-decompress";

/** Decompresses by the file name's ending: `.xz` (WebAssembly: a quarter slower than the `xz` program and needs none), `.gz`, `.zst`, or none of them. */
export async function decompress(name: string, bytes: Buffer): Promise<Buffer> {
  if (name.endsWith(".tar")) return bytes;
  if (name.endsWith(".gz")) return zlib.gunzipSync(bytes);
  if (name.endsWith(".zst")) return Buffer.from(unzstd(bytes));
  if (!name.endsWith(".xz")) throw new Error(`cannot decompress ${name}: its ending is none of .tar, .gz, .xz, .zst`);
  const chunks: Uint8Array[] = [];
  // The decoder hands out views of its own memory, which the next read overwrites.
  for await (const chunk of new XzReadableStream(new Blob([new Uint8Array(bytes)]).stream()))
    chunks.push(chunk.slice());
  return Buffer.concat(chunks);
}
