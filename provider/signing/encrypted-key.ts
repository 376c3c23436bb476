import { randomBytes, type ScryptOptions, scrypt } from "node:crypto";
import { promisify } from "node:util";
import { z } from "zod";

/**
 * cosign's encrypted private keys: PKCS #8 in a NaCl secret box whose key scrypt makes of the password
 * (https://github.com/secure-systems-lab/go-securesystemslib, package encrypted).
 */
export const pemTypes = ["ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"] as const;

const base64 = z.string().transform((text) => Buffer.from(text, "base64"));

/** Work factors that the format knows; others would let a file make us compute for hours. */
const workFactors = [2 ** 15, 2 ** 16, 2 ** 17];

const boxSchema = z.object({
  kdf: z.object({
    name: z.literal("scrypt"),
    params: z.object({ N: z.literal(workFactors), r: z.literal(8), p: z.literal(1) }),
    salt: base64,
  }),
  cipher: z.object({ name: z.literal("nacl/secretbox"), nonce: base64.refine((nonce) => nonce.length === 24) }),
  ciphertext: base64,
});

/** @param der PKCS #8 */
export async function encryptKey(der: Buffer, password: string): Promise<string> {
  const params = { N: 2 ** 16, r: 8, p: 1 };
  const [salt, nonce] = [randomBytes(32), randomBytes(24)];
  const box = await secretBox(await deriveKey(password, salt, params), nonce);
  const ciphertext = Buffer.from(box.encrypt(der));
  const data = {
    kdf: { name: "scrypt", params, salt: salt.toString("base64") },
    cipher: { name: "nacl/secretbox", nonce: nonce.toString("base64") },
    ciphertext: ciphertext.toString("base64"),
  };
  const body =
    Buffer.from(JSON.stringify(data))
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${pemTypes[0]}-----`, ...body, `-----END ${pemTypes[0]}-----`, ""].join("\n");
}

/** The PKCS #8 inside; undefined where the password is another one, or the text was changed. */
export async function decryptKey(pem: string, password: string): Promise<Buffer | undefined> {
  const body = pem.replace(/-----[^-]+-----/g, "");
  const { kdf, cipher, ciphertext } = boxSchema.parse(JSON.parse(Buffer.from(body, "base64").toString()));
  const box = await secretBox(await deriveKey(password, kdf.salt, kdf.params), cipher.nonce);
  try {
    return Buffer.from(box.decrypt(ciphertext));
  } catch {
    return undefined;
  }
}

async function secretBox(key: Buffer, nonce: Buffer) {
  const { xsalsa20poly1305 } = await import("@noble/ciphers/salsa.js");
  return xsalsa20poly1305(key, nonce);
}

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

function deriveKey(
  password: string,
  salt: Buffer,
  params: { readonly N: number; readonly r: number; readonly p: number },
) {
  // Its need is 128 * N * r bytes, and Node's limit below that.
  return derive(password, salt, 32, { ...params, maxmem: 2 * 128 * params.N * params.r });
}
