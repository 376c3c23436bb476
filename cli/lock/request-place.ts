import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Place } from "../../domain/problems.js";
import { placeOf, type YamlPath } from "../../domain/yaml/document.js";
import { parseYaml } from "../../domain/yaml/parse.js";
import type { ResolveContext } from "./resolver.js";

/** Where a part of `packages.yaml` stands. */
export async function placeInRequest({ root, file }: ResolveContext, at: YamlPath): Promise<Place> {
  const { value } = parseYaml(file, await readFile(path.join(root, file), "utf8"));
  return value === undefined ? { file } : placeOf(value, at);
}
