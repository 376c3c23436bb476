import { join } from "node:path";
import { withLock } from "../machine/lock.js";
import { withProgress } from "../machine/progress.js";
import { ensurePip } from "../machine/system.js";
import { cacheDir } from "../project.js";
import { buildTool, isBuilt } from "./build.js";
import { findTool, foldersOf } from "./find.js";
import { type ToolName, tools } from "./tools.js";

/** The programs that a command needs, found on PATH or built. */
export interface Toolchain {
  /** Absolute path of a program, e.g. `buildctl`. Throws for one of a tool that was not asked for. */
  program(name: string): string;
  /** Folders to put before PATH, so that programs find each other by name. */
  readonly pathEntries: readonly string[];
}

/**
 * Makes sure that tools are there: those on PATH in a fitting version, cached ones, and the rest made now, with
 * progress on stderr. Two runs at once make each tool once.
 */
export async function ensureToolchain(needs: readonly ToolName[] = tools.map((tool) => tool.name)): Promise<Toolchain> {
  const found = await Promise.all(tools.filter((tool) => needs.includes(tool.name)).map(findTool));
  const missing = found.filter((it) => it.source === "missing");
  if (missing.some(({ tool }) => "wheel" in tool)) await ensurePip();
  for (const [index, { tool }] of missing.entries()) {
    const doing = "wheel" in tool ? "installing" : "building";
    const label = `${index + 1} of ${missing.length} ${doing} ${tool.name} ${tool.version}`;
    await withLock(join(cacheDir, "tools", tool.name), label, async () => {
      if (!isBuilt(tool)) await withProgress(label, () => buildTool(tool));
    });
  }
  const programs = new Map(found.flatMap((it) => Object.entries(it.programs)));
  return {
    program(name) {
      const path = programs.get(name);
      if (path === undefined) throw new Error(`${name} is not among the tools asked for: ${needs.join(", ")}`);
      return path;
    },
    pathEntries: found.flatMap(foldersOf),
  };
}
