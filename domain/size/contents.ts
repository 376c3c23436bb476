import type { ContentSize } from "./types.js";

/**
 * What a file of an image belongs to: the npm or Python package that brought it, with all that it brought along, else the
 * folder, at most three levels deep.
 *
 * @param path as it stands in a layer, e.g. `usr/lib/node_modules/typescript/lib/tsc.js`
 */
export function ownerOf(path: string): string {
  const clean = path.replace(/^(?:\.?\/)+/, "");
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
): readonly ContentSize[] {
  const sizes = new Map<string, number>();
  for (const { path, size } of files) {
    const name = ownerOf(path);
    sizes.set(name, (sizes.get(name) ?? 0) + size);
  }
  return [...sizes].map(([name, size]) => ({ name, size }));
}
