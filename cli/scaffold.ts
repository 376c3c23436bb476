import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { folderPath, parentFolders } from "../domain/catalogue/files.js";
import { loadCatalogue } from "../domain/catalogue/load.js";
import { nameProblem } from "../domain/catalogue/names.js";
import { type Catalogue, variantId } from "../domain/catalogue/types.js";
import { formatPlace, type Place, type Problem, ProblemsError } from "../domain/problems.js";
import { didYouMean } from "../domain/suggest.js";

export interface NewFolder {
  readonly kind: "base" | "application";
  readonly name: string;
  /** Name of the golden base to stand on. */
  readonly from: string;
}

/** Templates lie beside the sources; this file runs as `<root>/dist/cli/scaffold.js`. */
const templates = join(__dirname, "../../cli/templates");

/**
 * Makes the folder of a new image from a template, whole or not at all. Gives the paths of its files, relative to `root`.
 * Throws a `ProblemsError` for a name that is invalid or taken, and for a base that does not exist.
 */
export async function scaffold(root: string, folder: NewFolder): Promise<readonly string[]> {
  const catalogue = await loadCatalogue(root);
  const directory = folderPath(folder);
  const problems = problemsOf(folder, catalogue.value);
  if (problems.length > 0) throw new ProblemsError(`the new folder ${directory}`, problems);
  const template = join(templates, await templateFor(folder));
  const names = (await readdir(template)).sort();
  // The catalogue ignores hidden folders, so a half-written one is never seen.
  const draft = join(root, parentFolders[folder.kind], `.new-${folder.name}`);
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  try {
    for (const name of names) {
      const text = await readFile(join(template, name), "utf8");
      await writeFile(join(draft, name), text.replaceAll("{{name}}", folder.name).replaceAll("{{from}}", folder.from));
    }
    await rename(draft, join(root, directory));
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
  return names.map((name) => `${directory}/${name}`);
}

/** The template of the base's language where there is one. */
async function templateFor({ kind, from }: NewFolder): Promise<string> {
  if (kind === "base") return "base";
  return (await readdir(templates)).includes(`image-${from}`) ? `image-${from}` : "image";
}

function problemsOf(folder: NewFolder, catalogue: Catalogue): readonly Problem[] {
  const place = { file: folderPath(folder) };
  const invalid = nameProblem(folder.name);
  if (invalid !== undefined) return [{ place, ...invalid }];
  const problems: Problem[] = [];
  const taken = namesOf(catalogue).get(folder.name);
  if (taken !== undefined) {
    const message = `name "${folder.name}" is taken by ${formatPlace(taken)}.`;
    problems.push({ place, message, remedy: "Choose another name, or change what is there." });
  }
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

function namesOf(catalogue: Catalogue): ReadonlyMap<string, Place> {
  const names = new Map<string, Place>();
  for (const { name, place } of [...catalogue.externals, ...catalogue.remotes]) names.set(name, place);
  for (const image of catalogue.images) {
    for (const variant of image.variants)
      names.set(variantId(image, variant), variant.name === "" ? { file: image.directory } : variant.place);
  }
  return names;
}
