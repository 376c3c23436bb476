import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import type { Payload } from "../../domain/lock/types.js";
import type { CachedPayload, PayloadKind } from "./payload-kind.js";

/** Bytes of a payload are not what the lock says. */
export class PayloadMismatchError extends Error {
  override readonly name = "PayloadMismatchError";

  constructor(
    readonly payload: Payload,
    found: { readonly sha256: string; readonly size: number },
  ) {
    super(
      `${payload.name} ${payload.version} has the wrong checksum: expected sha256 ${payload.sha256} (${payload.size} bytes), ` +
        `found ${found.sha256} (${found.size} bytes).`,
    );
  }
}

/** Where payloads lie on this machine: shared by all checkouts, safe to delete. */
export function payloadCacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const root = env.FACTORY_CACHE ?? path.join(env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache"), "image-factory");
  return path.join(root, "payloads");
}

/** Files by their sha256: `<directory>/sha256/ab/abcd…`. Written by rename, verified at every read. */
export class PayloadCache {
  constructor(readonly directory: string = payloadCacheDirectory()) {}

  file(sha256: string): string {
    return path.join(this.directory, "sha256", sha256.slice(0, 2), sha256);
  }

  /** The payload from the cache, after its bytes were compared with the lock; undefined where it is not there or is damaged (then it is removed). */
  async find<P extends Payload>(payload: P): Promise<CachedPayload<P> | undefined> {
    const file = this.file(payload.sha256);
    if (!(await isFile(file))) return undefined;
    const found = await hashFile(file);
    if (found.sha256 === payload.sha256 && found.size === payload.size) return { payload, file };
    await rm(file, { force: true });
    return undefined;
  }

  /** The payload from the cache, or downloaded into it. */
  async ensure<P extends Payload>(payload: P, kind: PayloadKind<P>, signal?: AbortSignal): Promise<CachedPayload<P>> {
    const cached = await this.find(payload);
    if (cached !== undefined) return cached;
    const partial = await this.partialFile(payload.sha256);
    try {
      await kind.download(payload, partial, signal);
      const found = await hashFile(partial);
      if (found.sha256 !== payload.sha256 || found.size !== payload.size)
        throw new PayloadMismatchError(payload, found);
      return { payload, file: await this.adopt(partial, found.sha256) };
    } finally {
      await rm(partial, { force: true });
    }
  }

  /** Copies a file that a client has downloaded into the cache and returns what it is. */
  async add(source: string): Promise<{ readonly sha256: string; readonly size: number; readonly file: string }> {
    const partial = await this.partialFile(path.basename(source));
    try {
      await copyFile(source, partial);
      const found = await hashFile(partial);
      return { ...found, file: await this.adopt(partial, found.sha256) };
    } finally {
      await rm(partial, { force: true });
    }
  }

  /** A new empty folder on the cache's disk, for its caller to remove. */
  async workFolder(): Promise<string> {
    const parent = path.join(this.directory, "partial");
    await mkdir(parent, { recursive: true });
    return mkdtemp(path.join(parent, "pool-image-"));
  }

  private async partialFile(name: string): Promise<string> {
    const directory = path.join(this.directory, "partial");
    await mkdir(directory, { recursive: true });
    partials += 1;
    return path.join(directory, `${process.pid}-${partials}-${name}`);
  }

  private async adopt(partial: string, sha256: string): Promise<string> {
    const file = this.file(sha256);
    await mkdir(path.dirname(file), { recursive: true });
    await rename(partial, file);
    return file;
  }
}

let partials = 0;

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (stats) => stats.isFile(),
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
}

/** sha256 (hex) and size of a file. */
export async function hashFile(file: string): Promise<{ readonly sha256: string; readonly size: number }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Uint8Array);
    size += (chunk as Uint8Array).length;
  }
  return { sha256: hash.digest("hex"), size };
}
