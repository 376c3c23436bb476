import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { findProgram, isExecutable } from "../machine/programs.js";
import { run } from "../machine/run.js";
import { cacheDir, projectRoot } from "../project.js";
import { cacheKey, readSources } from "./cache-key.js";
import type { Tool } from "./tools.js";
import { fits } from "./version.js";

export type ToolSource = "path" | "plugin" | "cache" | "missing";

/** Where a tool is, or would be once it is built. */
export interface FoundTool {
  readonly tool: Tool;
  readonly source: ToolSource;
  /** The version found; for `missing` the one that will be built. */
  readonly version: string;
  /** Absolute path of each of its programs. */
  readonly programs: Readonly<Record<string, string>>;
}

/** The folder of a tool's go.mod, or of its requirements.txt. */
export function sourceFolder(tool: Tool): string {
  return join(projectRoot, "tools", "wheel" in tool ? "python" : "go", tool.name);
}

/** The folder that holds a built tool; `bin` is in it. */
export function cacheFolder(tool: Tool): string {
  return join(cacheDir, "tools", tool.name, cacheKey(tool, readSources(sourceFolder(tool)), process.arch));
}

export async function findTool(tool: Tool): Promise<FoundTool> {
  return (await onPath(tool)) ?? installedPlugin(tool) ?? inCache(tool);
}

async function onPath(tool: Tool): Promise<FoundTool | undefined> {
  const { onPath: probe } = tool;
  if (probe === undefined) return undefined;
  const programs: Record<string, string> = {};
  let found = "";
  for (const name of tool.programs) {
    const path = findProgram(name);
    if (path === undefined) return undefined;
    const { stdout } = await run(path, probe.ask, { timeoutMs: 10_000 });
    const version = probe.answer.exec(stdout)?.[1] ?? "";
    if (!fits(version, probe.fits)) return undefined;
    programs[name] = path;
    found = version;
  }
  return { tool, source: "path", version: found, programs };
}

function installedPlugin(tool: Tool): FoundTool | undefined {
  if (tool.plugin === undefined) return undefined;
  const home = process.env.PULUMI_HOME ?? join(homedir(), ".pulumi");
  const programs = programsIn(tool, join(home, "plugins", tool.plugin));
  return allThere(programs) ? { tool, source: "plugin", version: tool.version, programs } : undefined;
}

function inCache(tool: Tool): FoundTool {
  const programs = programsIn(tool, join(cacheFolder(tool), "bin"));
  return { tool, source: allThere(programs) ? "cache" : "missing", version: tool.version, programs };
}

function programsIn(tool: Tool, folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(tool.programs.map((name) => [name, join(folder, name)]));
}

function allThere(programs: Readonly<Record<string, string>>): boolean {
  return Object.values(programs).every(isExecutable);
}

/** The folders of a tool's programs, unless they are on PATH anyway. */
export function foldersOf(found: FoundTool): readonly string[] {
  return found.source === "path" ? [] : [...new Set(Object.values(found.programs).map(dirname))];
}
