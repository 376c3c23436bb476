/**
 * `origin-tool stamp` writes the origin's stamp beside the program; `origin-tool verify` compares it, and exits with 1 where it is another one.
 * Both read the key from the file that a build, or `docker run`, mounts.
 */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { originOf } from "./origin.js";

const keyFile = "/run/secrets/origin-key";
const folder = import.meta.dirname;
const stampFile = path.join(folder, "origin.json");

const origin = await originOf(folder, await readFile(keyFile));
switch (process.argv[2]) {
  case "stamp":
    await writeFile(stampFile, `${JSON.stringify(origin)}\n`);
    break;
  case "verify": {
    const same = (await readFile(stampFile, "utf8")) === `${JSON.stringify(origin)}\n`;
    console.log(same ? "the key's holder built this" : "built by somebody else, or changed since");
    process.exitCode = same ? 0 : 1;
    break;
  }
  default:
    console.error("usage: origin-tool stamp|verify");
    process.exitCode = 2;
}
