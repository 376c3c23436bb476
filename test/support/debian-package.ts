import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { DebianPayload } from "../../domain/lock/types.js";
import { writeTar } from "../../provider/pool/tar.js";
import type { TarEntry } from "../../provider/pool/tar-entry.js";

/** What a test's package says of itself, and what it holds. */
export interface PackageFixture {
  readonly name: string;
  readonly version?: string;
  readonly architecture?: string;
  readonly entries: readonly TarEntry[];
}

const mtime = 1_700_000_000;

export function dir(path: string, mode = 0o755): TarEntry {
  return { path, type: "directory", mode, uid: 0, gid: 0, mtime };
}

export function file(path: string, text: string, mode = 0o644): TarEntry {
  return { path, type: "file", mode, uid: 0, gid: 0, mtime, content: Buffer.from(text) };
}

export function link(type: "symlink" | "hardlink", path: string, linkTarget: string): TarEntry {
  return { path, type, mode: 0o777, uid: 0, gid: 0, mtime, linkTarget };
}

/** A .deb as dpkg-deb would write it, with gzip. */
export async function packageFile(fixture: PackageFixture): Promise<Buffer> {
  const { name, version = "1.0-1", architecture = "all", entries } = fixture;
  const control = `Package: ${name}\nVersion: ${version}\nArchitecture: ${architecture}\nMaintainer: Nobody <nobody@example.org>\nDescription: a test's\n`;
  const sums = entries.flatMap(({ path, content }) =>
    content instanceof Uint8Array ? [`${createHash("md5").update(content).digest("hex")}  ${path}\n`] : [],
  );
  return ar({
    "debian-binary": Buffer.from("2.0\n"),
    "control.tar.gz": gzipSync(await tarOf([file("control", control), file("md5sums", sums.join(""))])),
    "data.tar.gz": gzipSync(await tarOf(entries)),
  });
}

/** The lock's entry for a package file. */
export function payloadOf(
  { name, version = "1.0-1", architecture = "all" }: PackageFixture,
  bytes: Buffer,
): DebianPayload {
  return {
    kind: "debian",
    name,
    version,
    architecture,
    suite: "trixie",
    security: false,
    path: `pool/main/${name}_${version}_${architecture}.deb`,
    size: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  };
}

export async function tarOf(entries: readonly TarEntry[]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of writeTar(entries)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export function ar(members: Readonly<Record<string, Buffer>>): Buffer {
  const parts = Object.entries(members).map(([name, bytes]) => {
    const header = `${name.padEnd(16)}${"0".padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"100644".padEnd(8)}${String(bytes.length).padEnd(10)}\`\n`;
    return Buffer.concat([Buffer.from(header), bytes, Buffer.from(bytes.length % 2 === 0 ? "" : "\n")]);
  });
  return Buffer.concat([Buffer.from("!<arch>\n"), ...parts]);
}
