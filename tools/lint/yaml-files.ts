import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Catalogue } from "../../domain/catalogue/types.js";

/** What is asked of a YAML file: the package of `policy/<kind>.rego`. */
export type YamlKind = "image" | "images" | "packages" | "stack" | "tests" | "workflow";

/** Paths relative to the project's root, by kind; kinds without a file are left out. */
export type YamlFiles = ReadonlyMap<YamlKind, readonly string[]>;

/** The YAML files of a project that people write. */
export function findYamlFiles(root: string, { images, mixins }: Pick<Catalogue, "images" | "mixins">): YamlFiles {
  const beside = (pattern: RegExp) => images.flatMap(({ directory }) => filesIn(root, directory, pattern));
  const files: readonly (readonly [kind: YamlKind, paths: readonly string[]])[] = [
    ["image", beside(/^image\.yaml$/)],
    ["packages", beside(/^packages\.yaml$/)],
    ["tests", [...beside(/^test(-.+)?\.ya?ml$/), ...mixins.flatMap(({ tests }) => tests ?? [])]],
    ["images", filesIn(root, "", /^images\.yaml$/)],
    ["stack", filesIn(root, "", /^Pulumi\..+\.yaml$/)],
    ["workflow", filesIn(root, ".github/workflows", /\.ya?ml$/)],
  ];
  return new Map(files.filter(([, paths]) => paths.length > 0));
}

function filesIn(root: string, folder: string, pattern: RegExp): readonly string[] {
  if (!existsSync(join(root, folder))) return [];
  const names = readdirSync(join(root, folder)).filter((name) => pattern.test(name));
  return names.sort().map((name) => join(folder, name));
}
