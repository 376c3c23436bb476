import { digestOfBytes, type Manifest } from "./descriptor.js";
import { type Asked, RegistryError } from "./registry-error.js";

/** @throws RegistryError where the bytes are not those of the digest */
export function requireDigest(asked: Asked, digest: string, bytes: Uint8Array): void {
  const found = digestOfBytes(bytes);
  if (found === digest) return;
  throw new RegistryError(asked, { came: `the registry gave other bytes, of ${found}`, passing: false });
}

export function parseManifest(asked: Asked, bytes: Buffer): Manifest {
  const value = parseJson(asked, bytes);
  if (typeof value === "object" && value !== null && "schemaVersion" in value && value.schemaVersion === 2) {
    return value as Manifest;
  }
  throw new RegistryError(asked, { came: "the registry gave something else than a manifest", passing: false });
}

export function parseJson(asked: Asked, bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw new RegistryError(asked, { came: "the registry gave something else than JSON", passing: false });
  }
}
