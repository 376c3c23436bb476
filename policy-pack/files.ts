import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** The text of a file, or undefined where it cannot be read. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/**
 * The folder with the `Pulumi.yaml` of this project: that of one of the starting folders or above it. The engine tells a pack
 * neither the folder nor the stack's configuration, only the names of project and stack, in every URN.
 */
export function findRoot(project: string, starts: readonly string[]): string | undefined {
  for (const start of starts) {
    for (let folder = resolve(start); ; folder = dirname(folder)) {
      const text = readText(join(folder, "Pulumi.yaml"));
      if (text !== undefined && nameIn(text) === project) return folder;
      if (folder === dirname(folder)) break;
    }
  }
  return undefined;
}

function nameIn(pulumiYaml: string): string | undefined {
  return /^name:\s*["']?([^\s"'#]+)/m.exec(pulumiYaml)?.[1];
}
