import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { loadSource } from "../lock/load-sources.js";
import type { Checked, Problem } from "../problems.js";
import { buildCatalogue, builtInDefaults } from "./build.js";
import { type CatalogueFiles, folderPath, type ImageFolder, parentFolders } from "./files.js";
import type { Defaults } from "./managed.js";
import { MIXINS, type MixinFolder } from "./mixin.js";
import type { Catalogue } from "./types.js";

export interface LoadOptions {
  /** True where an overlay lock under `.factory/locks/` wins over the committed one. Default false. */
  readonly development?: boolean;
  /** The stack's platforms, for images that name none. Default linux/amd64 and linux/arm64. */
  readonly platforms?: Defaults["platforms"];
}

/** Folders read at once: enough to keep the disk busy, few enough for any limit of open files. */
const batchSize = 64;

/** Reads the catalogue below the project's root. */
export async function loadCatalogue(root: string, options: LoadOptions = {}): Promise<Checked<Catalogue>> {
  const { files, problems } = await readCatalogueFiles(root, options.development ?? false);
  const catalogue = buildCatalogue(files, {
    ...builtInDefaults,
    ...(options.platforms && { platforms: options.platforms }),
  });
  return { value: catalogue.value, problems: [...problems, ...catalogue.problems] };
}

async function readCatalogueFiles(
  root: string,
  development: boolean,
): Promise<{ readonly files: CatalogueFiles; readonly problems: readonly Problem[] }> {
  const problems: Problem[] = [];
  const found: Pick<ImageFolder, "kind" | "name">[] = [];
  const imagesYaml = await readIfThere(join(root, "images.yaml"));
  let parents = 0;
  for (const kind of ["base", "application"] as const) {
    const entries = await listIfThere(join(root, parentFolders[kind]));
    if (entries === undefined) continue;
    parents++;
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith(".")) continue;
      if (entry.isDirectory()) found.push({ kind, name: entry.name });
      else if (entry.isSymbolicLink()) problems.push(linkProblem(`${parentFolders[kind]}/${entry.name}`));
    }
  }
  if (parents === 0 && imagesYaml === undefined) {
    const message = "there is no catalogue here: neither bases/, images/ nor images.yaml exists.";
    problems.push({
      place: { file: "." },
      message,
      remedy: "Run this in the project's root, or make a folder: `npx factory new image NAME`.",
    });
  }
  const folders = await inBatches(found, (folder) => readFolder(root, folder));
  const withPackages = folders.filter(({ entries }) => entries.includes("packages.yaml"));
  const locks = await inBatches(withPackages, (folder) =>
    loadSource(root, folderPath(folder), folder.name, development),
  );
  const mixins = await readMixins(root);
  return { files: { folders, locks, mixins, ...(imagesYaml === undefined ? {} : { imagesYaml }) }, problems };
}

async function readFolder(root: string, folder: Pick<ImageFolder, "kind" | "name">): Promise<ImageFolder> {
  const directory = join(root, folderPath(folder));
  const entries = await readdir(directory);
  const imageYaml = entries.includes("image.yaml") ? await readIfThere(join(directory, "image.yaml")) : undefined;
  return { ...folder, entries, ...(imageYaml === undefined ? {} : { imageYaml }) };
}

async function readMixins(root: string): Promise<readonly MixinFolder[]> {
  const found = (await listIfThere(join(root, MIXINS))) ?? [];
  const names = found.filter((entry) => entry.isDirectory() && !entry.name.startsWith(".")).map(({ name }) => name);
  return inBatches(names.sort(), async (name) => {
    const entries = await readdir(join(root, MIXINS, name));
    const mixinYaml = await readIfThere(join(root, MIXINS, name, "mixin.yaml"));
    return { name, entries, ...(mixinYaml === undefined ? {} : { mixinYaml }) };
  });
}

async function inBatches<T, R>(items: readonly T[], read: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += batchSize) {
    results.push(...(await Promise.all(items.slice(start, start + batchSize).map(read))));
  }
  return results;
}

function linkProblem(file: string): Problem {
  const message = "a symbolic link: an image's folder has to lie here itself, because it is the build context.";
  return { place: { file }, message, remedy: "Move the folder here, or remove the link." };
}

async function readIfThere(path: string): Promise<string | undefined> {
  return unlessMissing(readFile(path, "utf8"));
}

async function listIfThere(path: string) {
  return unlessMissing(readdir(path, { withFileTypes: true }));
}

async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
