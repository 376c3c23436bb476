import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { extract, type Header } from "tar-stream";
import type { Files } from "../../domain/reproduction/differences.js";
import { decompressor } from "../../provider/size/read-contents.js";
import { type CraneOptions, readingFlags } from "./crane.js";

/**
 * The entries of a layer's tar archive with all that is known of them; a path that stands twice counts as it is last. Read
 * as a stream: no layer is in memory.
 *
 * @param blob `repository@sha256:...`
 * @returns undefined for a compression that is not known here
 */
export async function readLayerFiles(
  blob: string,
  mediaType: string,
  options: CraneOptions,
): Promise<Files | undefined> {
  const unpack = decompressor(mediaType);
  if (unpack === undefined) return undefined;
  const child = spawn(options.crane, ["blob", ...readingFlags(blob, options), blob], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const archive = extract();
  const files = new Map<string, Readonly<Record<string, string>>>();
  const read = async () => {
    for await (const entry of archive) {
      files.set(entry.header.name, { ...properties(entry.header), content: await sha256(entry) });
    }
  };
  // tar-stream's streams are those of streamx, which Node's types do not know.
  const sink = archive as unknown as NodeJS.WritableStream;
  await Promise.all([pipeline(child.stdout, unpack, sink), read()]);
  return files;
}

function properties({ type, mode, uid, gid, mtime, size, linkname, pax }: Header): Readonly<Record<string, string>> {
  return {
    type,
    mode: mode.toString(8).padStart(4, "0"),
    owner: `${uid}:${gid}`,
    time: mtime.toISOString(),
    size: String(size),
    ...(linkname ? { target: linkname } : {}),
    ...(pax ? { attributes: JSON.stringify(pax) } : {}),
  };
}

async function sha256(content: AsyncIterable<unknown>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of content) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
