import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { ManagedImage } from "../../domain/catalogue/types.js";

/** What is asked of a YAML file: the package of `policy/<kind>.rego`. */
export type YamlKind = "image" | "images" | "packages" | "stack" | "workflow";

/** Paths relative to the project's root, by kind; kinds without a file are left out. */
export type YamlFiles = ReadonlyMap<YamlKind, readonly string[]>;

const WORKFLOWS = ".github/workflows";

/** The YAML files of a project that people write. */
export function findYamlFiles(root: string, images: readonly ManagedImage[]): YamlFiles {
  const beside = (name: string) =>
    images.map(({ directory }) => `${directory}/${name}`).filter((path) => existsSync(join(root, path)));
  const files: readonly (readonly [kind: YamlKind, paths: readonly string[]])[] = [
    ["image", beside("image.yaml")],
    ["packages", beside("packages.yaml")],
    ["images", ["images.yaml"].filter((path) => existsSync(join(root, path)))],
    ["stack", namesIn(root).filter((name) => /^Pulumi\..+\.yaml$/.test(name))],
    [
      "workflow",
      namesIn(join(root, WORKFLOWS))
        .filter(isYaml)
        .map((name) => `${WORKFLOWS}/${name}`),
    ],
  ];
  return new Map(files.filter(([, paths]) => paths.length > 0));
}

function isYaml(name: string): boolean {
  return /\.ya?ml$/.test(name);
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}
