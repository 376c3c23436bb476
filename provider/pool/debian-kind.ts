import type { DebianPayload } from "../../domain/lock/types.js";
import { type DebianArchive, debianArchive } from "./debian-archive.js";
import { directory, imageEntries, symlink, textFile, withDirectories } from "./debian-files.js";
import { type DebianPackage, readDebianPackage } from "./debian-package.js";
import { download } from "./download.js";
import { type CachedPayload, type LayerSource, PayloadGoneError, type PayloadKind } from "./payload-kind.js";
import type { TarEntry } from "./tar-entry.js";

/** Container runtimes stop at 127 layers; a base has some of its own, and so have the images on it. */
const maxLayers = 96;

/**
 * Debian packages: a layer each, with the entry below `/var/lib/dpkg/status.d/` from which scanners know the package.
 * Maintainer scripts do not run; the few things they would make, we make: the CA bundle, and `/var/run` as a link.
 */
export const debianKind: PayloadKind<DebianPayload> = {
  kind: "debian",

  async download(payload, destination, signal) {
    const url = payloadUrl(payload, await debianArchive());
    if (!(await download(url, destination, signal))) throw new PayloadGoneError(payload, payload.path);
  },

  layers(payloads) {
    const ordered = [...payloads].sort((a, b) => rank(a) - rank(b) || (a.payload.name < b.payload.name ? -1 : 1));
    const perLayer = Math.ceil(ordered.length / maxLayers);
    const layers: LayerSource[] = [];
    for (let start = 0; start < ordered.length; start += perLayer) {
      layers.push(packageLayer(ordered.slice(start, start + perLayer)));
    }
    const certificates = ordered.find(({ payload }) => payload.name === "ca-certificates");
    if (certificates !== undefined) layers.push(bundleLayer(certificates));
    return layers;
  },
};

export function payloadUrl({ path, security }: DebianPayload, { mirror, securityMirror }: DebianArchive): string {
  return `${security ? securityMirror : mirror}/${path.split("/").map(encodeURIComponent).join("/")}`;
}

/** base-files brings the links of a merged `/usr`: it comes first. */
function rank({ payload }: CachedPayload<DebianPayload>): number {
  return payload.name === "base-files" ? 0 : 1;
}

function packageLayer(payloads: readonly CachedPayload<DebianPayload>[]): LayerSource {
  return {
    title: payloads.map(({ payload }) => `${payload.name} ${payload.version} ${payload.architecture}`).join(", "),
    async *entries() {
      const all: TarEntry[] = [];
      for (const { payload, file } of payloads)
        all.push(...packageEntries(payload.name, await readDebianPackage(file)));
      yield* withDirectories(all);
    },
  };
}

function packageEntries(name: string, opened: DebianPackage): readonly TarEntry[] {
  const entries = imageEntries(opened.entries);
  const files = name === "base-files" ? withRuntimeLinks(entries) : entries;
  const mtime = Math.max(0, ...opened.entries.map((entry) => entry.mtime));
  const folders = ["var", "var/lib", "var/lib/dpkg", "var/lib/dpkg/status.d"];
  return withDirectories(
    [
      ...files,
      textFile(`var/lib/dpkg/status.d/${name}`, statusEntry(opened.control), mtime),
      textFile(`var/lib/dpkg/status.d/${name}.md5sums`, presentSums(opened.md5sums, files), mtime),
    ],
    new Map(folders.map((path) => [path, directory(path, mtime)])),
  );
}

/** dpkg's own form: the control file with a status after the package's name. */
function statusEntry(control: string): string {
  return control.replace(/^(Package:.*)$/m, "$1\nStatus: install ok installed");
}

/** The lines of `md5sums` whose files are in the image. */
function presentSums(md5sums: string, entries: readonly TarEntry[]): string {
  const present = new Set(entries.map((entry) => entry.path));
  const lines = md5sums.split("\n").filter((line) => present.has(line.slice(34)));
  return lines.map((line) => `${line}\n`).join("");
}

/** What base-files' maintainer script makes of the two folders. */
function withRuntimeLinks(entries: readonly TarEntry[]): readonly TarEntry[] {
  const links = new Map([
    ["var/run", "/run"],
    ["var/lock", "/run/lock"],
  ]);
  return entries.map((entry) => {
    const target = links.get(entry.path);
    return target === undefined ? entry : symlink(entry.path, target, entry.mtime);
  });
}

/** `/etc/ssl/certs/ca-certificates.crt`: what update-ca-certificates would write, all certificates of the package in the order of their names. */
function bundleLayer({ payload, file }: CachedPayload<DebianPayload>): LayerSource {
  return {
    title: `CA bundle of ca-certificates ${payload.version}`,
    async *entries() {
      const { entries } = await readDebianPackage(file);
      const certificates = entries
        .filter(({ path, type }) => type === "file" && /^usr\/share\/ca-certificates\/.*\.crt$/.test(path))
        .sort((a, b) => (a.path < b.path ? -1 : 1));
      const texts = certificates.map(({ content }) =>
        content instanceof Uint8Array ? Buffer.from(content).toString("latin1").trimEnd() : "",
      );
      const mtime = Math.max(0, ...entries.map((entry) => entry.mtime));
      const bundle = Buffer.from(texts.map((text) => `${text}\n`).join(""), "latin1");
      yield* withDirectories([textFile("etc/ssl/certs/ca-certificates.crt", bundle, mtime)]);
    },
  };
}
