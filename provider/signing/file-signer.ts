import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { ProblemsError } from "../../domain/problems.js";
import { decryptKey, pemTypes } from "./encrypted-key.js";
import { isP256, keyId, toPem } from "./public-key.js";
import type { Signer } from "./signer.js";

const signBytes = promisify<string, Buffer, KeyObject, Buffer>(sign);

export interface KeyPlace {
  /** Absolute path of the project. */
  readonly root: string;
  /** Of the key file; default: the environment's `COSIGN_PASSWORD`, else the file `<key without .key>.password`. */
  readonly password?: string;
}

/**
 * Signs with a private key in a file: cosign's encrypted format, or PKCS #8 as PEM.
 *
 * @param file relative to the root, or absolute
 * @throws ProblemsError
 */
export async function openKeyFile(file: string, place: KeyPlace): Promise<Signer> {
  const key = await readKey(file, place);
  if (!isP256(key)) {
    const message = `this is a key of type ${key.asymmetricKeyType}; ECDSA on P-256 signs here.`;
    throw keyProblem(file, message, "Make one with `cosign generate-key-pair`.");
  }
  const publicKey = createPublicKey(key);
  return {
    keyId: keyId(publicKey),
    publicKeyPem: toPem(publicKey),
    sign: (bytes) => signBytes("sha256", bytes, key),
  };
}

async function readKey(file: string, place: KeyPlace): Promise<KeyObject> {
  const pem = await readKeyFile(file, path.resolve(place.root, file));
  try {
    if (!pemTypes.some((type) => pem.includes(`-----BEGIN ${type}-----`))) return createPrivateKey(pem);
    const password = await findPassword(file, place);
    const der = await decryptKey(pem, password.value);
    if (der !== undefined) return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    throw keyProblem(
      file,
      `the password of ${password.source} does not open it.`,
      "Give the one that it was made with.",
    );
  } catch (error) {
    if (error instanceof ProblemsError) throw error;
    // Not the parser's words: they may quote the key.
    const message = "this is no private key: cosign's encrypted format and PKCS #8 (PEM) are read here.";
    throw keyProblem(file, message, "Restore the file, or make a key with `cosign generate-key-pair`.");
  }
}

async function readKeyFile(file: string, absolute: string): Promise<string> {
  try {
    return await readFile(absolute, "utf8");
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const remedy = missing
      ? "Put the key there, make one with `cosign generate-key-pair`, or name another in factory:signingKey."
      : "Let this user read it.";
    throw keyProblem(file, missing ? "there is no such key." : "the key cannot be read.", remedy);
  }
}

/** A password with the place that it came from, for errors. */
async function findPassword(file: string, { root, password }: KeyPlace) {
  if (password !== undefined) return { value: password, source: "the caller" };
  const { COSIGN_PASSWORD } = process.env;
  if (COSIGN_PASSWORD !== undefined) return { value: COSIGN_PASSWORD, source: "COSIGN_PASSWORD" };
  const beside = passwordFile(file);
  try {
    return { value: (await readFile(path.resolve(root, beside), "utf8")).trimEnd(), source: beside };
  } catch {
    const message = "the key has a password, and there is none for it.";
    throw keyProblem(file, message, `Set COSIGN_PASSWORD, or write the password into ${beside}.`);
  }
}

/** Where the password of a key file lies when nobody gives it: beside it. */
export function passwordFile(file: string): string {
  return `${file.replace(/\.key$/, "")}.password`;
}

function keyProblem(file: string, message: string, remedy: string): ProblemsError {
  return new ProblemsError("the signing key", [{ place: { file }, message, remedy }]);
}
