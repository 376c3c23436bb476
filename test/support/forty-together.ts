import { buildCatalogue } from "../../domain/catalogue/build.js";
import type { ImageFolder } from "../../domain/catalogue/files.js";
import { parseDockerfile } from "../../domain/dockerfile/parse.js";
import { buildGraph } from "../../domain/graph/build.js";
import { reachableOf } from "../../domain/impact/reachable.js";
import type { Reachable } from "../../domain/impact/types.js";
import { valueOrThrow } from "../../domain/problems.js";
import { fortyImages } from "./forty-images.js";

/** The forty images as one repository's. */
export function fortyTogether(): readonly Reachable[] {
  const files = Object.assign({}, ...Object.values(fortyImages())) as Readonly<Record<string, string>>;
  const folders: ImageFolder[] = [];
  const dockerfiles = new Map();
  for (const [file, text] of Object.entries(files)) {
    const [parent, name = "", entry] = file.split("/");
    if (entry !== "Dockerfile") continue;
    const kind = parent === "bases" ? "base" : "application";
    const imageYaml = files[`${parent}/${name}/image.yaml`] ?? "";
    folders.push({ kind, name, entries: ["Dockerfile", "image.yaml"], imageYaml });
    const together = text.replaceAll(/registry\.example\.com\/\w+\/([\w-]+):1/g, "factory.invalid/$1");
    dockerfiles.set(name, valueOrThrow(file, parseDockerfile(together, file, {}, ["linux/amd64"])));
  }
  const catalogue = valueOrThrow("the catalogue", buildCatalogue({ folders, mixins: [], locks: [] }));
  return reachableOf(valueOrThrow("the graph", buildGraph(catalogue, dockerfiles)));
}
