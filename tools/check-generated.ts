import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { GeneratedFile } from "../domain/catalogue/json-schema.js";
import type { Problem } from "../domain/problems.js";

/** One problem for each file that is missing or differs from what its generator makes. */
export function checkGenerated(root: string, files: readonly GeneratedFile[]): readonly Problem[] {
  const problems: Problem[] = [];
  for (const { path, text } of files) {
    const committed = read(join(root, path));
    if (committed === text) continue;
    problems.push({
      place: committed === undefined ? { file: path } : { file: path, line: firstDifference(committed, text) },
      message: committed === undefined ? "generated file is missing" : "generated file is out of date",
      remedy: "npm run fix",
    });
  }
  return problems;
}

/** Writes what is missing or differs; returns the paths written. */
export function writeGenerated(root: string, files: readonly GeneratedFile[]): readonly string[] {
  const stale = files.filter(({ path, text }) => read(join(root, path)) !== text);
  for (const { path, text } of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return stale.map(({ path }) => path);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** 1-based. */
function firstDifference(a: string, b: string): number {
  const [left, right] = [a.split("\n"), b.split("\n")];
  const index = left.findIndex((line, at) => line !== right[at]);
  return index < 0 ? left.length : index + 1;
}
