import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { GeneratedFile } from "../catalogue/json-schema.js";
import { loadImageGraph } from "../graph/load.js";
import { type Checked, ProblemsError, valueOrThrow } from "../problems.js";
import type { CloudSettings } from "../settings/cloud.js";
import { readYaml } from "../yaml/check.js";
import type { KargoDocument } from "./models.js";
import { KARGO_MARKER, type KargoFile, kargoFiles, renderKargoFile, watchedImages } from "./render.js";
import { type KargoSettings, kargoFile, kargoSchema } from "./settings.js";

export interface Pipeline {
  readonly settings: KargoSettings;
  readonly files: readonly KargoFile[];
}

/** The pipeline of a project; undefined where it has no `kargo.yaml`. */
export async function loadPipeline(root: string): Promise<Checked<Pipeline | undefined>> {
  const text = await readIfThere(join(root, kargoFile));
  if (text === undefined) return { value: undefined, problems: [] };
  const { data, problems } = readYaml(kargoSchema, kargoFile, text);
  const project = await loadImageGraph(root);
  const watched = watchedImages(project.value.catalogue, project.value.graph);
  const all = [...problems, ...project.problems, ...watched.problems];
  if (data === undefined || all.length > 0) return { value: undefined, problems: all };
  return { value: { settings: data, files: kargoFiles(watched.value, data) }, problems: [] };
}

/** The pipeline of a project that has to have one. @throws ProblemsError */
export async function loadExistingPipeline(root: string): Promise<Pipeline> {
  const loaded = await loadPipeline(root);
  if (loaded.value === undefined && loaded.problems.length === 0) throw new ProblemsError("the project", [noSettings]);
  return valueOrThrow("the project", loaded);
}

/** What a stack applies of it to the cluster that its settings name. @throws ProblemsError */
export async function loadClusterPipeline(
  root: string,
  { kargo, runners }: Pick<CloudSettings, "kargo" | "runners">,
): Promise<readonly KargoDocument[]> {
  const { files, settings } = await loadExistingPipeline(root);
  if (runners !== undefined && runners.context === kargo?.context && runners.namespace === settings.project) {
    throw new ProblemsError("the project", [takenNamespace(settings.project)]);
  }
  return files.flatMap(({ documents }) => documents);
}

function takenNamespace(project: string) {
  const message = `project is "${project}", but the build daemons have the namespace of that name in the same cluster.`;
  return { place: { file: kargoFile }, message, remedy: "Name another project, or another runners.namespace." };
}

const noSettings = {
  place: { file: kargoFile },
  message: "there is no such file, so nothing says where the pipeline runs.",
  remedy: "Write it: docs/kargo.md has an example.",
};

/** @param folder relative to the root */
export function renderedFiles(files: readonly KargoFile[], folder: string): readonly GeneratedFile[] {
  return files.map((file) => ({ path: `${folder}/${file.path}`, text: renderKargoFile(file) }));
}

/** Rendered files of a folder that the pipeline no longer has, relative to the root. Files of others are left alone. */
export async function loadStaleFiles(
  root: string,
  folder: string,
  files: readonly GeneratedFile[],
): Promise<readonly string[]> {
  const known = new Set(files.map(({ path }) => path));
  const stale: string[] = [];
  for (const sub of ["", "/pipeline"]) {
    for (const name of await listIfThere(join(root, folder + sub))) {
      const path = `${folder}${sub}/${name}`;
      if (!name.endsWith(".yaml") || known.has(path)) continue;
      if ((await readFile(join(root, path), "utf8")).startsWith(KARGO_MARKER)) stale.push(path);
    }
  }
  return stale.sort();
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(unlessMissing);
}

async function listIfThere(path: string): Promise<readonly string[]> {
  return (await readdir(path).catch(unlessMissing)) ?? [];
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}
