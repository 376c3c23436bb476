import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { z } from "zod";

const manifestSchema = z.looseObject({ scripts: z.record(z.string(), z.unknown()).optional() });

/** What npm runs in a package that is installed as a dependency. */
const ON_INSTALL = ["preinstall", "install", "postinstall"];

/** The scripts that npm would run when it installs a package, e.g. `postinstall: node download.js`; from its tarball. */
export async function installScripts(tarball: string): Promise<readonly string[]> {
  const manifest = manifestSchema.safeParse(await manifestOf(tarball));
  const scripts = manifest.data?.scripts ?? {};
  return ON_INSTALL.filter((name) => typeof scripts[name] === "string").map((name) => `${name}: ${scripts[name]}`);
}

/** Reads no further than to the package.json, which stands first or nearly so. */
async function manifestOf(tarball: string): Promise<unknown> {
  const file = createReadStream(tarball);
  // tar-stream's streams are those of streamx, which Node's types do not know.
  const entries = file.pipe(createGunzip()).pipe(extract() as unknown as NodeJS.WritableStream);
  try {
    for await (const entry of entries as unknown as AsyncIterable<Readable & { header: { name: string } }>) {
      if (/^[^/]+\/package\.json$/.test(entry.header.name)) return JSON.parse(await textOf(entry));
      entry.resume();
    }
    return undefined;
  } finally {
    file.destroy();
  }
}

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
