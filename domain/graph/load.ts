import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type LoadOptions, loadCatalogue } from "../catalogue/load.js";
import { type Catalogue, type ManagedImage, variantId } from "../catalogue/types.js";
import { parseDockerfile } from "../dockerfile/parse.js";
import type { Dockerfile } from "../dockerfile/types.js";
import type { Checked, Problem } from "../problems.js";
import { buildGraph } from "./build.js";
import type { ImageGraph } from "./types.js";

/** Reads the catalogue and all Dockerfiles, with the problems of every step at once. */
export async function loadImageGraph(
  root: string,
  options: LoadOptions = {},
): Promise<Checked<{ readonly catalogue: Catalogue; readonly graph: ImageGraph }>> {
  const { value: catalogue, problems } = await loadCatalogue(root, options);
  const dockerfiles = loadDockerfiles(root, catalogue);
  const graph = buildGraph(catalogue, dockerfiles.value);
  return {
    value: { catalogue, graph: graph.value },
    problems: [...problems, ...dockerfiles.problems, ...graph.problems],
  };
}

/** Reads and parses the Dockerfile of every image variant, by variant id. Variants with the same arguments share one. */
export function loadDockerfiles(root: string, catalogue: Catalogue): Checked<ReadonlyMap<string, Dockerfile>> {
  const dockerfiles = new Map<string, Dockerfile>();
  const problems = new Map<string, Problem>();
  for (const image of catalogue.images) {
    const text = readText(root, image);
    if (text === undefined) continue;
    if (typeof text !== "string") {
      problems.set(JSON.stringify(text), text);
      continue;
    }
    const byArguments = new Map<string, Dockerfile>();
    for (const variant of image.variants) {
      const key = JSON.stringify(Object.entries(variant.args).sort());
      let dockerfile = byArguments.get(key);
      if (dockerfile === undefined) {
        const parsed = parseDockerfile(text, image.dockerfile, variant.args, image.platforms);
        for (const problem of parsed.problems) problems.set(JSON.stringify(problem), problem);
        dockerfile = parsed.value;
        byArguments.set(key, dockerfile);
      }
      dockerfiles.set(variantId(image, variant), dockerfile);
    }
  }
  return { value: dockerfiles, problems: [...problems.values()] };
}

/** Undefined where there is none: the catalogue has reported that already. */
function readText(root: string, { dockerfile }: ManagedImage): string | Problem | undefined {
  try {
    return readFileSync(join(root, dockerfile), "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    if (code === "ENOENT") return undefined;
    return { place: { file: dockerfile }, message: `it cannot be read (${code}).`, remedy: "Make it a readable file." };
  }
}
