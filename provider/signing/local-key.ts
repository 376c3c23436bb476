import { generateKeyPair, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { encryptKey } from "./encrypted-key.js";
import { curve, toPem } from "./public-key.js";

const generate = promisify(generateKeyPair);

/**
 * Makes sure that `folder` holds a key pair of this machine: `cosign.key` in cosign's encrypted format, its
 * `cosign.password`, and `cosign.pub`. The folder appears with all of them or not at all, so that two runs at once end
 * with one pair; an existing folder is left as it is.
 *
 * @param folder absolute path; only its owner can read it
 * @returns whether the key was made now
 */
export async function ensureLocalKey(folder: string): Promise<boolean> {
  if (existsSync(path.join(folder, "cosign.key"))) return false;
  await mkdir(path.dirname(folder), { recursive: true });
  const temporary = await mkdtemp(`${folder}.new-`);
  try {
    const { privateKey, publicKey } = await generate("ec", { namedCurve: curve });
    const password = randomBytes(24).toString("base64url");
    const der = privateKey.export({ type: "pkcs8", format: "der" });
    await write(temporary, "cosign.key", await encryptKey(der, password));
    await write(temporary, "cosign.password", `${password}\n`);
    await write(temporary, "cosign.pub", toPem(publicKey));
    await rename(temporary, folder);
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    throw error;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function write(folder: string, name: string, text: string): Promise<void> {
  return writeFile(path.join(folder, name), text, { mode: name.endsWith(".pub") ? 0o644 : 0o600 });
}

/** Somebody else was first: a folder cannot take the place of one that is not empty. */
function isTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOTEMPTY" || error.code === "EEXIST");
}
