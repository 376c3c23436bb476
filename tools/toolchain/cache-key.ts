import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { GoTool, Tool } from "./tools.js";

/** One file of what a tool is made from: path below its folder, and text. */
export type SourceFile = readonly [path: string, text: string];

/** Flags of `go build`: nothing of the checkout or of the machine goes into a program. */
export function buildFlags(tool: GoTool): readonly string[] {
  const variables = Object.entries(tool.variables ?? {}).map(([name, value]) => ` -X ${name}=${value}`);
  return ["-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", `-s -w${variables.join("")}`];
}

/** Name of the folder that a built tool is kept in: other sources, flags or machine, another folder. */
export function cacheKey(tool: Tool, sources: readonly SourceFile[], architecture: string): string {
  const recipe = "wheel" in tool ? [tool.wheel] : [...buildFlags(tool), ...tool.packages, ...targetNames(tool)];
  const parts = [architecture, ...recipe, ...sources.flat()];
  const hash = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  return `${tool.version}-${hash.slice(0, 12)}`;
}

function targetNames({ targets = [] }: GoTool): readonly string[] {
  return targets.map(({ os, architecture }) => `${os}/${architecture}`);
}

/** go.mod, go.sum, programs of our own, and the modules of our own that go.mod points to; or a wheel's requirements.txt. */
export function readSources(folder: string): readonly SourceFile[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return paths.map((path) => [path.slice(folder.length + 1), readFileSync(path, "utf8")]);
}
