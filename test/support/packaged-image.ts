import type { RegistryClient } from "../../provider/registry/client.js";
import { dir, file, tarOf } from "./debian-package.js";
import { pushSmallImage, type SmallImage } from "./small-image.js";

const folders = [
  "etc",
  "var",
  "var/lib",
  "var/lib/dpkg",
  "var/lib/dpkg/status.d",
  "app",
  "app/lib",
  "app/lib/waitress-3.0.2.dist-info",
  "app/node_modules",
  "app/node_modules/js-yaml",
];

/** By path. */
export const packagedFiles: Readonly<Record<string, string>> = {
  "etc/os-release": 'ID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n',
  "var/lib/dpkg/status.d/libc6":
    "Package: libc6\nStatus: install ok installed\nSource: glibc\nVersion: 2.41-12\nArchitecture: all\nMaintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>\nDescription: C library\n",
  "app/lib/waitress-3.0.2.dist-info/METADATA":
    "Metadata-Version: 2.1\nName: waitress\nVersion: 3.0.2\nAuthor: Zope Foundation\n",
  "app/lib/waitress-3.0.2.dist-info/RECORD": "waitress-3.0.2.dist-info/METADATA,,\n",
  "app/node_modules/js-yaml/package.json": JSON.stringify({
    name: "js-yaml",
    version: "5.5.0",
    repository: "nodeca/js-yaml",
  }),
  "app/package.json": JSON.stringify({ name: "own", version: "1.0.0", private: true }),
};

/** Pushes an image with packages of Debian, PyPI and npm, and an application's own; `more` are further files. */
export async function pushPackagedImage(
  client: RegistryClient,
  repository: string,
  more: Readonly<Record<string, string>> = {},
): Promise<SmallImage> {
  const all = { ...packagedFiles, ...more };
  const layer = await tarOf([
    ...folders.map((path) => dir(path)),
    ...Object.entries(all).map(([path, text]) => file(path, text)),
  ]);
  return pushSmallImage(client, repository, layer, { "org.opencontainers.image.created": "2026-01-31T12:00:00Z" });
}
