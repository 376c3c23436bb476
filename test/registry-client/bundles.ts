import { generateKeyPairSync, sign } from "node:crypto";
import { keyId, toPem } from "../../provider/signing/public-key.js";
import { signStatement } from "../../provider/signing/sign-statement.js";
import type { Signer } from "../../provider/signing/signer.js";

/** A signer with a new key that lies nowhere. */
export function newSigner(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return {
    keyId: keyId(publicKey),
    publicKeyPem: toPem(publicKey),
    sign: async (bytes) => sign("sha256", bytes, privateKey),
  };
}

/** A signed statement of some type about a digest. */
export function bundleOf(
  signer: Signer,
  subject: string,
  predicateType: string,
  predicate: object = {},
): Promise<Buffer> {
  const digest = { sha256: subject.slice("sha256:".length) };
  return signStatement(
    { _type: "https://in-toto.io/Statement/v1", subject: [{ digest }], predicateType, predicate },
    signer,
  );
}
