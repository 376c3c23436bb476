import { bundleFromJSON, isBundleWithDsseEnvelope, isBundleWithPublicKey } from "@sigstore/bundle";
import { type Content, contentOf, type Descriptor, jsonContent, mediaTypes } from "./descriptor.js";

/** Whose statement of what kind a bundle is, as it says itself: nothing here is verified. */
export interface BundleLabel {
  readonly predicateType: string;
  /** Hint of the key that signed, base64; empty for a signature by a certificate. */
  readonly key: string;
}

export interface BundleManifest {
  readonly blob: Content;
  readonly manifest: Content;
  /** Of the manifest; whoever lists referrers repeats them. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** The first two as cosign 3 writes them; the last is ours, so that a bundle of the same key is found without being read. */
const keys = {
  content: "dev.sigstore.bundle.content",
  predicateType: "dev.sigstore.bundle.predicateType",
  key: "dev.image-factory.key",
} as const;

export const emptyConfig = contentOf(mediaTypes.empty, Buffer.from("{}"));

/**
 * The manifest by which a bundle is attached to its subject. It has no time in it, so that a bundle has one manifest only.
 * @throws where the bytes are no DSSE bundle.
 */
export function bundleManifest(subject: Descriptor, bytes: Buffer): BundleManifest {
  const blob = contentOf(mediaTypes.bundle, bytes);
  const label = labelOf(bytes);
  if (label === undefined) throw new Error(`what is to be attached to ${subject.digest} is no bundle of a statement`);
  const annotations = {
    [keys.content]: "dsse-envelope",
    [keys.predicateType]: label.predicateType,
    [keys.key]: label.key,
  };
  const manifest = jsonContent(mediaTypes.manifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: mediaTypes.bundle,
    config: emptyConfig.descriptor,
    layers: [blob.descriptor],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
    annotations,
  });
  return { blob, manifest, annotations };
}

/** What the annotations of a referrer tell; undefined where they were not written by us. */
export function labelIn(annotations: Readonly<Record<string, string>>): BundleLabel | undefined {
  const { [keys.predicateType]: predicateType, [keys.key]: key } = annotations;
  return predicateType === undefined || key === undefined ? undefined : { predicateType, key };
}

export function labelOf(bytes: Buffer): BundleLabel | undefined {
  try {
    const bundle = bundleFromJSON(JSON.parse(bytes.toString()));
    if (!isBundleWithDsseEnvelope(bundle)) return undefined;
    const { predicateType } = JSON.parse(bundle.content.dsseEnvelope.payload.toString());
    if (typeof predicateType !== "string") return undefined;
    const key = isBundleWithPublicKey(bundle) ? bundle.verificationMaterial.content.publicKey.hint : "";
    return { predicateType, key };
  } catch {
    return undefined;
  }
}
