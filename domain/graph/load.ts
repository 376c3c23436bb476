import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Catalogue, type ManagedImage, variantId } from "../catalogue/types.js";
import { parseDockerfile } from "../dockerfile/parse.js";
import type { Dockerfile } from "../dockerfile/types.js";
import type { Checked, Problem } from "../problems.js";

/** Reads and parses the Dockerfile of every image variant, by variant id. Variants with the same arguments share one. */
export function loadDockerfiles(root: string, catalogue: Catalogue): Checked<ReadonlyMap<string, Dockerfile>> {
  const dockerfiles = new Map<string, Dockerfile>();
  const problems = new Map<string, Problem>();
  for (const image of catalogue.images) {
    const text = readText(root, image);
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

function readText(root: string, { dockerfile, name }: ManagedImage): string | Problem {
  try {
    return readFileSync(join(root, dockerfile), "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const message = code === "ENOENT" ? `image "${name}" has no Dockerfile` : `it cannot be read (${code})`;
    return { place: { file: dockerfile }, message, remedy: "Add the file, or remove the folder." };
  }
}
