import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { writeTar } from "../../provider/pool/tar.js";
import type { TarEntry } from "../../provider/pool/tar-entry.js";

/** A package of the test's registry: its package.json without name and version, and its other files. */
export interface PublishedPackage {
  readonly name: string;
  readonly version: string;
  readonly manifest?: object;
  readonly files?: Readonly<Record<string, string>>;
}

export interface NpmRegistry {
  readonly url: string;
  /** Packages by `name@version`; changing it changes what the registry answers. */
  readonly tarballs: Map<string, Buffer>;
  close(): Promise<void>;
}

/** An npm registry on a loopback port. */
export async function startNpmRegistry(packages: readonly PublishedPackage[]): Promise<NpmRegistry> {
  const tarballs = new Map<string, Buffer>();
  for (const item of packages) tarballs.set(`${item.name}@${item.version}`, await pack(item));
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "").slice(1);
    const tarball = tarballs.get(path.replace(/\.tgz$/, ""));
    if (tarball !== undefined) return response.end(tarball);
    const versions = packages.filter(({ name, version }) => name === path && tarballs.has(`${name}@${version}`));
    if (versions.length === 0) return response.writeHead(404).end("{}");
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(packument(path, versions)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  function packument(name: string, versions: readonly PublishedPackage[]): object {
    const documents = versions.map(({ version, manifest }) => {
      const tarball = tarballs.get(`${name}@${version}`) ?? Buffer.of();
      const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
      return [version, { name, version, ...manifest, dist: { tarball: `${url}/${name}@${version}.tgz`, integrity } }];
    });
    return { name, "dist-tags": { latest: versions.at(-1)?.version }, versions: Object.fromEntries(documents) };
  }

  return {
    url,
    tarballs,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function pack({ name, version, manifest, files }: PublishedPackage): Promise<Buffer> {
  const all = { "package.json": JSON.stringify({ name, version, ...manifest }), ...files };
  const entries = Object.entries(all).map(([path, text]): TarEntry => {
    const mode = text.startsWith("#!") ? 0o777 : 0o664;
    return {
      path: `package/${path}`,
      type: "file",
      mode,
      uid: 1000,
      gid: 1000,
      mtime: 499162500,
      content: Buffer.from(text),
    };
  });
  const chunks: Buffer[] = [];
  for await (const chunk of writeTar(entries)) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}
