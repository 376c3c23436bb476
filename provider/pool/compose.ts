import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { Transform, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Platform } from "../../domain/catalogue/types.js";
import type { PackagesLock } from "../../domain/lock/types.js";
import { payloadKinds } from "./kinds.js";
import { type Blob, type Document, layoutIndex, platformImage, poolIndex } from "./oci.js";
import type { CachedPayload, LayerSource } from "./payload-kind.js";
import { writeTar } from "./tar.js";

export interface ComposeRequest {
  /** Name of the base or application image. */
  readonly name: string;
  readonly lock: Pick<PackagesLock, "request" | "platforms">;
  /** Every payload of the lock, by its sha256. */
  readonly payloads: ReadonlyMap<string, CachedPayload>;
  /** An empty folder that becomes an OCI layout of the pool image; without one, only the digest is computed. */
  readonly layout?: string;
  readonly signal?: AbortSignal;
}

/**
 * Composes a pool image from its payloads: an index over all platforms of the lock, one layer per Debian package.
 * A function of the lock's platforms, the request's hash, the name and the payloads' bytes: no clock, no machine.
 * @returns the digest of the index.
 */
export async function composePool({ name, lock, payloads, layout, signal }: ComposeRequest): Promise<string> {
  const blobs = layout === undefined ? undefined : path.join(layout, "blobs", "sha256");
  if (blobs !== undefined) await mkdir(blobs, { recursive: true });
  const manifests = await Promise.all(
    Object.keys(lock.platforms)
      .sort()
      .map(async (platform) => {
        const layers: (Blob & { title: string })[] = [];
        for (const source of layersOf(lock, platform, payloads)) {
          signal?.throwIfAborted();
          layers.push({ ...(await writeLayer(source, blobs)), title: source.title });
        }
        const { config, manifest } = platformImage(platform, layers);
        await Promise.all([writeDocument(config, blobs), writeDocument(manifest, blobs)]);
        return { platform, manifest };
      }),
  );
  const index = poolIndex(name, lock, manifests);
  await writeDocument(index, blobs);
  if (layout !== undefined) {
    await writeFile(path.join(layout, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
    await writeFile(path.join(layout, "index.json"), layoutIndex(index));
  }
  return index.digest;
}

function layersOf(
  lock: ComposeRequest["lock"],
  platform: Platform,
  payloads: ComposeRequest["payloads"],
): readonly LayerSource[] {
  const cached = (lock.platforms[platform] ?? []).map((payload) => {
    const found = payloads.get(payload.sha256);
    if (found === undefined) throw new Error(`${payload.name} ${payload.version} was not fetched`);
    return { payload, file: found.file };
  });
  return payloadKinds.flatMap((kind) => {
    const own = cached.filter(({ payload }) => payload.kind === kind.kind);
    return own.length === 0 ? [] : kind.layers(own, platform);
  });
}

async function writeLayer(source: LayerSource, blobs: string | undefined): Promise<Blob> {
  const hash = createHash("sha256");
  let size = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  const partial = blobs === undefined ? undefined : path.join(blobs, `partial-${nextPartial()}`);
  const sink =
    partial === undefined ? new Writable({ write: (_chunk, _encoding, done) => done() }) : createWriteStream(partial);
  await pipeline(writeTar(source.entries()), measure, sink);
  const hex = hash.digest("hex");
  if (partial !== undefined && blobs !== undefined) await rename(partial, path.join(blobs, hex));
  return { digest: `sha256:${hex}`, size };
}

let partials = 0;

function nextPartial(): number {
  partials += 1;
  return partials;
}

async function writeDocument({ digest, bytes }: Document, blobs: string | undefined): Promise<void> {
  if (blobs !== undefined) await writeFile(path.join(blobs, digest.slice("sha256:".length)), bytes);
}
