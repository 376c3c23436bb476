import { createHash, createPublicKey, type KeyObject } from "node:crypto";

/** The one kind of key that signs here: what cosign makes, and what every KMS has. */
export const curve = "prime256v1";

export function isP256(key: KeyObject): boolean {
  return key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === curve;
}

/** Base64 of the sha256 over a public key in DER (SubjectPublicKeyInfo): how cosign tells keys apart in a bundle. */
export function keyId(publicKey: KeyObject): string {
  const der = publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(der).digest("base64");
}

export function toPem(publicKey: KeyObject): string {
  return publicKey.export({ type: "spki", format: "pem" }).toString();
}

/** @returns undefined where the text is no public key of the kind that signs here */
export function parsePublicKey(pem: string): KeyObject | undefined {
  try {
    const key = createPublicKey(pem);
    return isP256(key) ? key : undefined;
  } catch {
    return undefined;
  }
}
