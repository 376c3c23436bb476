import { type Checked, formatPlace, type Place, type Problem } from "../problems.js";
import { readEnrolled } from "./enrolled.js";
import { type CatalogueFiles, folderPath } from "./files.js";
import { summariseLocks } from "./locks.js";
import { type Defaults, overrideRebuild, readFolder } from "./managed.js";
import { readMixin } from "./mixin.js";
import { type Catalogue, type ManagedImage, variantId } from "./types.js";

/** What holds where neither an image nor `images.yaml` says anything. */
export const builtInDefaults: Defaults = {
  platforms: ["linux/amd64", "linux/arm64"],
  rebuild: { delayMs: 7 * 24 * 3600 * 1000, autoRebuild: true },
};

/** The catalogue of these files, with every problem in them. `fallback` comes from the stack's settings. */
export function buildCatalogue(files: CatalogueFiles, fallback: Defaults = builtInDefaults): Checked<Catalogue> {
  const folderNames = new Set(files.folders.map((folder) => folder.name));
  const enrolled = readEnrolled(files.imagesYaml ?? "", folderNames, fallback);
  const { defaults, overrides, externals, remotes, includes } = enrolled.value;
  const locks = summariseLocks(files.locks);
  const problems: Problem[] = [...enrolled.problems, ...locks.problems];
  const images: ManagedImage[] = [];
  for (const folder of [...files.folders].sort((a, b) => compare(folderPath(a), folderPath(b)))) {
    const { value: image, problems: found } = readFolder(folder, defaults, locks.value.get(folderPath(folder)));
    const override = overrides.get(image.name);
    images.push(override === undefined ? image : { ...image, rebuild: overrideRebuild(image.rebuild, override) });
    problems.push(...found);
  }
  const mixins = files.mixins.map(readMixin);
  problems.push(...mixins.flatMap((mixin) => mixin.problems));
  const catalogue: Catalogue = {
    images: sortByName(images),
    mixins: sortByName(mixins.map(({ value }) => value)),
    externals: sortByName(externals),
    remotes: sortByName(remotes),
    includes: [...includes].sort((a, b) => compare(a.repository, b.repository) || compare(a.path, b.path)),
    defaults,
  };
  return { value: catalogue, problems: [...problems, ...nameClashes(catalogue)] };
}

/** Ids of image variants, and the names of `images.yaml`, name repositories and state: each may be there once. */
function nameClashes(catalogue: Catalogue): readonly Problem[] {
  const taken = new Map<string, Place>();
  const problems: Problem[] = [];
  const claim = (name: string, place: Place, remedy: string) => {
    const first = taken.get(name);
    if (first === undefined) taken.set(name, place);
    else problems.push({ place, message: `name "${name}" is taken by ${formatPlace(first)}.`, remedy });
  };
  for (const image of catalogue.images) claim(image.name, { file: image.directory }, "Rename one of the two folders.");
  for (const image of catalogue.images) {
    for (const variant of image.variants) {
      if (variant.name === "") continue;
      claim(variantId(image, variant), variant.place, "Rename the variant, or what has its name.");
    }
  }
  for (const entry of [...catalogue.externals, ...catalogue.remotes]) {
    const remedy = "Rename or remove the entry: a folder, a variant and an entry with a repoURL cannot share a name.";
    claim(entry.name, entry.place, remedy);
  }
  return problems;
}

function sortByName<T extends { readonly name: string }>(list: readonly T[]): readonly T[] {
  return [...list].sort((a, b) => compare(a.name, b.name));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
