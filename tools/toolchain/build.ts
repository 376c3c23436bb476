import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { machineError } from "../machine/machine-problem.js";
import { run } from "../machine/run.js";
import { cacheDir } from "../project.js";
import { buildFlags } from "./cache-key.js";
import { cacheFolder, sourceFolder } from "./find.js";
import type { GoTool, Tool } from "./tools.js";

/** Makes a tool from its registry's packages and puts it into the cache, whole or not at all. One at a time for each tool. */
export async function buildTool(tool: Tool): Promise<void> {
  const target = cacheFolder(tool);
  // A build that was killed leaves it behind.
  const temporary = `${target}.part`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(join(temporary, "bin"), { recursive: true });
  try {
    const commands = "wheel" in tool ? [installCommand(temporary)] : buildCommands(tool, temporary);
    for (const { words, environment } of commands) {
      const [program, ...args] = words;
      const options = { cwd: sourceFolder(tool), env: { ...buildEnvironment(), ...environment } };
      const { code, stdout, stderr } = await run(program, args, options);
      if (code !== 0) throw buildError(tool, words, `${stdout}${stderr}`);
    }
    rmSync(target, { recursive: true, force: true });
    renameSync(temporary, target);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

type Words = readonly [program: string, ...args: string[]];

interface Command {
  readonly words: Words;
  /** Over the environment of every build. */
  readonly environment?: Readonly<Record<string, string>>;
}

function buildCommands(tool: GoTool, folder: string): readonly Command[] {
  const bin = join(folder, "bin");
  const build = (output: string): Words => ["go", "build", ...buildFlags(tool), "-o", output, ...tool.packages];
  if (tool.targets === undefined) return [{ words: build(`${bin}/`) }];
  return tool.targets.map(({ os, architecture }, index) => ({
    words: build(join(bin, tool.programs[index] ?? "")),
    environment: { GOOS: os, GOARCH: architecture },
  }));
}

/** pip puts programs into `bin`, there already or not (`--upgrade`), and refuses files whose hash is not in requirements.txt. */
function installCommand(folder: string): Command {
  const pip = ["python3", "-m", "pip", "--no-input", "--disable-pip-version-check"] as const;
  const only = ["--require-hashes", "--only-binary=:all:", "--no-deps", "--no-compile", "--root-user-action=ignore"];
  return { words: [...pip, "install", "--upgrade", ...only, "--requirement=requirements.txt", `--target=${folder}`] };
}

/** Nothing of a person's Go settings but where modules come from and are kept; no C compiler. */
function buildEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, GOFLAGS: "", GOTOOLCHAIN: "local", GOWORK: "off", CGO_ENABLED: "0" };
}

function buildError(tool: Tool, command: Words, output: string): Error {
  const log = join(cacheDir, "logs", `${tool.name}-${tool.version}.log`);
  mkdirSync(dirname(log), { recursive: true });
  writeFileSync(log, `${command.join(" ")}\n${output}`);
  const tail = output.trimEnd().split("\n").slice(-8).join("\n   | ");
  const full = /no space left on device/i.test(output);
  const registry = "wheel" in tool ? "the index of `pip config list`" : "`go env GOPROXY`";
  return machineError(
    log,
    `${tool.name} ${tool.version} could not be built:\n   | ${tail}`,
    full
      ? "The disk is full: make room there and run the command again; what is built already is kept."
      : `Check that ${registry} can be reached and run the command again; what is built already is kept.`,
  );
}

/** Whether somebody else built it while we waited for the lock. */
export function isBuilt(tool: Tool): boolean {
  return existsSync(cacheFolder(tool));
}
