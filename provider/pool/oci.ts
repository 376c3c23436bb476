import { createHash } from "node:crypto";
import type { Platform } from "../../domain/catalogue/types.js";
import type { PackagesLock } from "../../domain/lock/types.js";

/** What a descriptor says of a blob. */
export interface Blob {
  /** `sha256:<hex>`. */
  readonly digest: string;
  readonly size: number;
}

export interface Document extends Blob {
  readonly bytes: Buffer;
}

/**
 * Layers are stored uncompressed: what a compressor writes changes with its version (Node's zlib between releases and
 * processors), and the digest has to come out equal on every machine. Only BuildKit reads pool images, and what it builds from them it compresses.
 */
const layerType = "application/vnd.oci.image.layer.v1.tar";
const configType = "application/vnd.oci.image.config.v1+json";
const manifestType = "application/vnd.oci.image.manifest.v1+json";
const indexType = "application/vnd.oci.image.index.v1+json";

/** Annotations of a pool image's index. */
export const poolAnnotations = {
  name: "image-factory.pool.name",
  request: "image-factory.lock.request",
} as const;

/** The image of one platform: its configuration and its manifest. Layers come with their title. */
export function platformImage(
  platform: Platform,
  layers: readonly (Blob & { readonly title: string })[],
): { readonly config: Document; readonly manifest: Document } {
  const created = "1970-01-01T00:00:00Z";
  const config = document({
    created,
    ...platformFields(platform),
    config: {},
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
    history: layers.map(({ title }) => ({ created, created_by: title })),
  });
  const manifest = document({
    schemaVersion: 2,
    mediaType: manifestType,
    config: descriptor(configType, config),
    layers: layers.map((layer) => descriptor(layerType, layer)),
  });
  return { config, manifest };
}

export function poolIndex(
  name: string,
  lock: Pick<PackagesLock, "request">,
  manifests: readonly { readonly platform: Platform; readonly manifest: Blob }[],
): Document {
  return document({
    schemaVersion: 2,
    mediaType: indexType,
    manifests: manifests.map(({ platform, manifest }) => ({
      ...descriptor(manifestType, manifest),
      platform: platformFields(platform),
    })),
    annotations: { [poolAnnotations.request]: lock.request, [poolAnnotations.name]: name },
  });
}

/** `index.json` of an OCI layout that holds one image index. */
export function layoutIndex(index: Blob): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests: [descriptor(indexType, index)] });
}

function platformFields(platform: Platform): { os: string; architecture: string; variant?: string } {
  const [os = "", architecture = "", variant] = platform.split("/");
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

function descriptor(mediaType: string, { digest, size }: Blob): Blob & { readonly mediaType: string } {
  return { mediaType, digest, size };
}

function document(value: unknown): Document {
  const bytes = Buffer.from(JSON.stringify(value));
  return { bytes, size: bytes.length, digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}` };
}
