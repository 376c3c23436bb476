import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** The project's root, from the compiled test. */
export const root = path.resolve(__dirname, "../../..");

const folders = ["domain", "provider", "components", "policy-pack", "cli", "tools"];

export interface SourceFile {
  /** Relative to the root, with `/`. */
  readonly file: string;
  /** Relative imports as files of this project, others as written. Imports of types only are counted too: they are structure. */
  readonly imports: readonly string[];
  /** Imports that are still there when it runs. */
  readonly runtimeImports: readonly string[];
}

export function readSources(): readonly SourceFile[] {
  const files = folders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name}`),
  );
  return [...files, "index.ts"]
    .filter((file) => file.endsWith(".ts"))
    .sort()
    .map(readSource);
}

function readSource(file: string): SourceFile {
  const text = readFileSync(path.join(root, file), "utf8");
  const imports: string[] = [];
  const runtimeImports: string[] = [];
  for (const [, keyword, target = ""] of text.matchAll(/^\s*(?:import|export)\s(type\s)?[^;]*?\bfrom\s+"([^"]+)"/gm)) {
    const resolved = target.startsWith(".")
      ? path.posix.join(path.posix.dirname(file), target).replace(/\.js$/, ".ts")
      : target;
    imports.push(resolved);
    if (keyword === undefined) runtimeImports.push(resolved);
  }
  return { file, imports, runtimeImports };
}
