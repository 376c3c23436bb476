/** Signs with one key, wherever that lies. */
export interface Signer {
  /** Tells which key it was, as cosign does: base64 of the sha256 over the public key (DER, SubjectPublicKeyInfo). */
  readonly keyId: string;
  readonly publicKeyPem: string;
  /** ECDSA over the sha256 of `bytes`, in DER. */
  sign(bytes: Buffer, signal?: AbortSignal): Promise<Buffer>;
}
