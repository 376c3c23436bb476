import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { folderPath } from "../domain/catalogue/files.js";
import { loadCatalogue } from "../domain/catalogue/load.js";
import { MIXINS } from "../domain/catalogue/mixin.js";
import { nameProblem } from "../domain/catalogue/names.js";
import { type Catalogue, variantId } from "../domain/catalogue/types.js";
import { formatPlace, type Place, type Problem, ProblemsError } from "../domain/problems.js";
import { didYouMean } from "../domain/suggest.js";

export type NewFolder = NewImage | { readonly kind: "mixin"; readonly name: string };

export interface NewImage {
  readonly kind: "base" | "application";
  readonly name: string;
  /** Name of the golden base to stand on. */
  readonly from: string;
}

/** Templates lie beside the sources; this file runs as `<root>/dist/cli/scaffold.js`. */
const templates = join(__dirname, "../../cli/templates");

/**
 * Makes the folder of a new image or mixin from a template, whole or not at all. Gives the paths of its files, relative to `root`.
 * Throws a `ProblemsError` for a name that is invalid or taken, and for a base that does not exist.
 */
export async function scaffold(root: string, folder: NewFolder): Promise<readonly string[]> {
  const catalogue = await loadCatalogue(root);
  const directory = directoryOf(folder);
  const problems = problemsOf(folder, catalogue.value);
  if (problems.length > 0) throw new ProblemsError(`the new folder ${directory}`, problems);
  const template = join(templates, await templateFor(folder));
  const entries = await readdir(template, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const fill = (text: string) =>
    text.replaceAll("{{name}}", folder.name).replaceAll("{{from}}", folder.kind === "mixin" ? "" : folder.from);
  const names = new Map(files.map((file) => [fill(relative(template, file)), file]));
  // The catalogue ignores hidden folders, so a half-written one is never seen.
  const draft = join(root, dirname(directory), `.new-${folder.name}`);
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  try {
    for (const [name, file] of names) {
      await mkdir(dirname(join(draft, name)), { recursive: true });
      await writeFile(join(draft, name), fill(await readFile(file, "utf8")));
    }
    await rename(draft, join(root, directory));
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
  return [...names.keys()].sort().map((name) => `${directory}/${name}`);
}

function directoryOf(folder: NewFolder): string {
  return folder.kind === "mixin" ? `${MIXINS}/${folder.name}` : folderPath(folder);
}

/** The template of the base's language where there is one. */
async function templateFor(folder: NewFolder): Promise<string> {
  if (folder.kind !== "application") return folder.kind;
  const { from } = folder;
  return (await readdir(templates)).includes(`image-${from}`) ? `image-${from}` : "image";
}

function problemsOf(folder: NewFolder, catalogue: Catalogue): readonly Problem[] {
  const place = { file: directoryOf(folder) };
  const invalid = nameProblem(folder.name);
  if (invalid !== undefined) return [{ place, ...invalid }];
  const problems: Problem[] = [];
  const names = folder.kind === "mixin" ? mixinNames(catalogue) : namesOf(catalogue);
  const taken = names.get(folder.name);
  if (taken !== undefined) {
    const message = `name "${folder.name}" is taken by ${formatPlace(taken)}.`;
    problems.push({ place, message, remedy: "Choose another name, or change what is there." });
  }
  if (folder.kind === "mixin") return problems;
  const bases = catalogue.images.filter(({ kind }) => kind === "base");
  const known = bases.flatMap((base) => base.variants.map((variant) => variantId(base, variant)));
  if (!known.includes(folder.from)) {
    const list =
      known.length === 0 ? "There are no bases yet; add one under bases/." : `Known bases: ${known.join(", ")}.`;
    problems.push({
      place,
      message: `there is no base "${folder.from}".`,
      remedy: didYouMean(folder.from, known) + list,
    });
  }
  return problems;
}

function mixinNames({ mixins }: Catalogue): ReadonlyMap<string, Place> {
  return new Map(mixins.map(({ name, directory }) => [name, { file: directory }]));
}

function namesOf(catalogue: Catalogue): ReadonlyMap<string, Place> {
  const names = new Map<string, Place>();
  for (const { name, place } of [...catalogue.externals, ...catalogue.remotes]) names.set(name, place);
  for (const image of catalogue.images) {
    for (const variant of image.variants)
      names.set(variantId(image, variant), variant.name === "" ? { file: image.directory } : variant.place);
  }
  return names;
}
