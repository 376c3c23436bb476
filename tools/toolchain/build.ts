import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { machineError } from "../machine/machine-problem.js";
import { run } from "../machine/run.js";
import { cacheDir } from "../project.js";
import { buildFlags } from "./cache-key.js";
import { cacheFolder, sourceFolder } from "./find.js";
import type { Tool } from "./tools.js";

/** Builds a tool from the Go module proxy and puts it into the cache, whole or not at all. One at a time for each tool. */
export async function buildTool(tool: Tool): Promise<void> {
  const target = cacheFolder(tool);
  // A build that was killed leaves it behind.
  const temporary = `${target}.part`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(join(temporary, "bin"), { recursive: true });
  try {
    const args = ["build", ...buildFlags(tool), "-o", `${join(temporary, "bin")}/`, ...tool.packages];
    const { code, stdout, stderr } = await run("go", args, { cwd: sourceFolder(tool), env: buildEnvironment() });
    const output = `${stdout}${stderr}`;
    if (code !== 0) throw buildError(tool, args, output);
    rmSync(target, { recursive: true, force: true });
    renameSync(temporary, target);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Nothing of a person's Go settings but where modules come from and are kept; no C compiler. */
function buildEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, GOFLAGS: "", GOTOOLCHAIN: "local", GOWORK: "off", CGO_ENABLED: "0" };
}

function buildError(tool: Tool, args: readonly string[], output: string): Error {
  const log = join(cacheDir, "logs", `${tool.name}-${tool.version}.log`);
  mkdirSync(dirname(log), { recursive: true });
  writeFileSync(log, `go ${args.join(" ")}\n${output}`);
  const tail = output.trimEnd().split("\n").slice(-8).join("\n   | ");
  const full = output.includes("no space left on device");
  return machineError(
    log,
    `${tool.name} ${tool.version} could not be built:\n   | ${tail}`,
    full
      ? "The disk is full: make room there and run the command again; what is built already is kept."
      : "Check that `go env GOPROXY` can be reached and run the command again; what is built already is kept.",
  );
}

/** Whether somebody else built it while we waited for the lock. */
export function isBuilt(tool: Tool): boolean {
  return existsSync(cacheFolder(tool));
}
