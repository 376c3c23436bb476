import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Problem } from "../domain/problems.js";
import type { GeneratedFile } from "./generated.js";

/** One problem for each file that is missing or differs from what its generator makes. Writes nothing. */
export async function checkGenerated(root: string, files: readonly GeneratedFile[]): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const { path, render } of files) {
    const [committed, wanted] = [read(join(root, path)), await render()];
    if (committed === wanted) continue;
    problems.push({
      place: committed === undefined ? { file: path } : { file: path, line: firstDifference(committed, wanted) },
      message: committed === undefined ? "generated file is missing" : "generated file is out of date",
      remedy: "npm run fix",
    });
  }
  return problems;
}

/** Writes what differs; returns the paths written. */
export async function writeGenerated(root: string, files: readonly GeneratedFile[]): Promise<readonly string[]> {
  const written: string[] = [];
  for (const { path, render } of files) {
    const wanted = await render();
    if (read(join(root, path)) === wanted) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), wanted);
    written.push(path);
  }
  return written;
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
