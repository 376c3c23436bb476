import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { DebianPayload } from "../../domain/lock/types.js";
import type { PayloadCache } from "../../provider/pool/payload-cache.js";
import type { CachedPayload } from "../../provider/pool/payload-kind.js";
import { dir, file, link, type PackageFixture, packageFile, payloadOf } from "./debian-package.js";

const certificate = (name: string): string => `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----`;

/** A small Debian: what base-files, a library of two architectures and the CA bundle look like. */
export const packages: readonly PackageFixture[] = [
  {
    name: "ca-certificates",
    entries: [
      file("usr/share/ca-certificates/mozilla/B.crt", certificate("b")),
      file("usr/share/ca-certificates/mozilla/A.crt", `${certificate("a")}\n`),
    ],
  },
  {
    name: "base-files",
    entries: [dir("tmp", 0o1777), dir("usr/bin"), dir("var/run"), link("symlink", "bin", "usr/bin")],
  },
  {
    name: "tool",
    entries: [
      file("bin/tool", "#!tool", 0o755),
      link("hardlink", "usr/bin/tool-alias", "bin/tool"),
      file("usr/share/doc/tool/copyright", "licence"),
      file("usr/share/doc/tool/README", "left out"),
    ],
  },
];

const library = (architecture: string): PackageFixture => ({
  name: "libsmall",
  version: "1:2.0-1",
  architecture,
  entries: [file(`usr/lib/${architecture}/libsmall.so`, architecture)],
});

export interface PoolFixture {
  readonly platforms: Readonly<Record<string, readonly DebianPayload[]>>;
  readonly payloads: ReadonlyMap<string, CachedPayload>;
  /** Package files by their path below a mirror's root. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** The packages of a small pool for two platforms, in the cache. */
export async function poolFixture(cache: PayloadCache): Promise<PoolFixture> {
  const platforms: Record<string, readonly DebianPayload[]> = {};
  const payloads = new Map<string, CachedPayload>();
  const files = new Map<string, Buffer>();
  for (const architecture of ["amd64", "arm64"]) {
    const own: DebianPayload[] = [];
    for (const fixture of [...packages, library(architecture)]) {
      const bytes = await packageFile(fixture);
      const payload = payloadOf(fixture, bytes);
      own.push(payload);
      files.set(payload.path, bytes);
      payloads.set(payload.sha256, { payload, file: await keep(cache, payload, bytes) });
    }
    platforms[`linux/${architecture}`] = own.sort((a, b) => (a.name < b.name ? -1 : 1));
  }
  return { platforms, payloads, files };
}

async function keep(cache: PayloadCache, payload: DebianPayload, bytes: Buffer): Promise<string> {
  const target = cache.file(payload.sha256);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, bytes);
  return target;
}
