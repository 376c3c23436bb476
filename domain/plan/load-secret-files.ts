import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { contextOf } from "../catalogue/types.js";
import type { ImageGraph } from "../graph/types.js";
import { secretKindOf } from "../policy/secrets.js";
import type { Problem } from "../problems.js";
import type { Sources } from "./sources.js";

/** Bytes. Keys and tokens stand in small files; in large ones patterns are slow, and hit by chance. */
const LARGEST = 64 << 10;

const remedy =
  "Keep it out of the build: list it in .dockerignore, and hand it in as a build secret where the build needs it (image.yaml, `secrets`). What was committed has to be revoked.";

/** Files that builds take from their contexts and from mixins, and that hold what looks like a key or a token, each once, with its line. */
export function loadSecretFiles(root: string, graph: ImageGraph, sources: Sources): readonly Problem[] {
  const problems = new Map<string, readonly Problem[]>();
  const look = (file: string) => {
    if (!problems.has(file)) problems.set(file, problemsOf(root, file));
  };
  for (const { id, image, mixins } of graph.nodes) {
    for (const path of sources.get(id)?.contextPaths ?? []) look(posix.join(contextOf(image), path));
    for (const { files } of mixins) if (files !== undefined) filesBelow(root, files).forEach(look);
  }
  return [...problems.values()].flat();
}

function filesBelow(root: string, directory: string): readonly string[] {
  const names = readdirSync(join(root, directory), { recursive: true, encoding: "utf8" });
  return names.sort().map((name) => `${directory}/${name}`);
}

function problemsOf(root: string, file: string): readonly Problem[] {
  const path = join(root, file);
  const stat = lstatSync(path);
  if (!stat.isFile() || stat.size > LARGEST) return [];
  const text = readFileSync(path, "latin1");
  if (secretKindOf(text) === undefined) return [];
  return text.split("\n").flatMap((line, index) => {
    const what = secretKindOf(line);
    if (what === undefined) return [];
    const message = `the image would take this file, and the line looks like ${what}.`;
    return [{ place: { file, line: index + 1 }, message, remedy }];
  });
}
