import type { ContentSize } from "./types.js";

/** Debian packages by the files that they brought, paths without a slash before them. */
export type DebianOwners = ReadonlyMap<string, string>;

/**
 * The package of a list of sums that Debian images carry, e.g. `curl` of `var/lib/dpkg/info/curl.md5sums`; undefined for
 * another file.
 */
export function listedPackage(path: string): string | undefined {
  return /(?:^|\/)var\/lib\/dpkg\/(?:info|status\.d)\/([^/:]+)(?::[^/]+)?\.md5sums$/.exec(path)?.[1];
}

/** @param lists texts of lists of sums, by the package */
export function debianOwners(lists: Iterable<readonly [name: string, text: string]>): DebianOwners {
  const owners = new Map<string, string>();
  for (const [name, text] of lists) {
    for (const line of text.split("\n")) {
      const path = /^[0-9a-f]{32} {2}(.+)$/.exec(line)?.[1];
      if (path !== undefined) owners.set(path, name);
    }
  }
  return owners;
}

/**
 * What a file of an image belongs to: the Debian, npm or Python package that brought it, with all that it brought along,
 * else the folder, at most three levels deep.
 *
 * @param path as it stands in a layer, e.g. `usr/lib/node_modules/typescript/lib/tsc.js`
 */
export function ownerOf(path: string, debian: DebianOwners = new Map()): string {
  const clean = path.replace(/^(?:\.?\/)+/, "");
  const packaged = debian.get(clean);
  if (packaged !== undefined) return `Debian package ${packaged}`;
  const npm = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^@./][^/]*)\//.exec(clean)?.[1];
  if (npm !== undefined) return `npm package ${npm}`;
  const python = /(?:^|\/)(?:site|dist)-packages\/([^/]+)\//.exec(clean)?.[1];
  if (python !== undefined) return `Python package ${python.replace(/-[^-]+\.dist-info$/, "")}`;
  const folders = clean.split("/").slice(0, -1);
  return `/${folders.slice(0, 3).join("/")}`;
}

/** Sizes of files added up by what they belong to. */
export function sizesByOwner(
  files: Iterable<{ readonly path: string; readonly size: number }>,
  debian?: DebianOwners,
): readonly ContentSize[] {
  const sizes = new Map<string, number>();
  for (const { path, size } of files) {
    const name = ownerOf(path, debian);
    sizes.set(name, (sizes.get(name) ?? 0) + size);
  }
  return [...sizes].map(([name, size]) => ({ name, size }));
}
