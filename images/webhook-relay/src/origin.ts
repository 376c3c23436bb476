import { createHash, createHmac } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

/** Proof that whoever built this image had the key: an HMAC over the names and contents of the program's files. */
export interface Origin {
  /** sha256 (hex) over the files, which anybody can compute again. */
  readonly files: string;
  /** HMAC-SHA256 (hex) of `files`; only a holder of the key can compute it. */
  readonly stamp: string;
}

/** The stamp for the program in a folder; files are taken in the order of their names. */
export async function originOf(folder: string, key: Uint8Array): Promise<Origin> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".js")).sort();
  const hash = createHash("sha256");
  for (const name of names) {
    const content = await readFile(path.join(folder, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  const files = hash.digest("hex");
  return { files, stamp: createHmac("sha256", key).update(files).digest("hex") };
}
