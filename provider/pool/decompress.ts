import zlib from "node:zlib";
import { XzReadableStream } from "xz-decompress";

/**
 * Decompresses by the file name's ending: `.xz` (WebAssembly: a quarter slower than the `xz` program and needs none), `.gz`, `.zst`, or none of them.
 * `.zst` needs Node 22.15 or newer; Debian's own packages are `.xz`.
 */
export async function decompress(name: string, bytes: Buffer): Promise<Buffer> {
  if (name.endsWith(".tar")) return bytes;
  if (name.endsWith(".gz")) return zlib.gunzipSync(bytes);
  if (name.endsWith(".zst") && "zstdDecompressSync" in zlib) {
    return (zlib as { zstdDecompressSync: (bytes: Buffer) => Buffer }).zstdDecompressSync(bytes);
  }
  if (!name.endsWith(".xz")) throw new Error(`cannot decompress ${name} with Node ${process.versions.node}`);
  const chunks: Uint8Array[] = [];
  // The decoder hands out views of its own memory, which the next read overwrites.
  for await (const chunk of new XzReadableStream(new Blob([new Uint8Array(bytes)]).stream()))
    chunks.push(chunk.slice());
  return Buffer.concat(chunks);
}
