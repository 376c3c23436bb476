import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import type { Checked } from "../problems.js";
import { readYaml } from "../yaml/check.js";
import { parseSettings } from "./parse.js";
import { publicAddress } from "./source.js";
import { stackFile } from "./stack-file.js";
import type { Settings } from "./types.js";

/** The parts of a stack file that Pulumi defines; only `config` holds settings. */
const stackFileSchema = z.object({ config: z.record(z.string(), z.unknown()).default({}) });

/**
 * The settings of a stack, from `Pulumi.<stack>.yaml` below the project's root, without Pulumi. A program that has the
 * engine's configuration passes it as `config`; the file then only gives the lines of problems.
 */
export async function loadSettings(
  root: string,
  stack: string,
  config?: Readonly<Record<string, unknown>>,
): Promise<Checked<Settings | undefined>> {
  const file = stackFile(stack);
  const text = await readStackFile(join(root, file));
  if (text === undefined && config === undefined) {
    const message = `there is no such file, so the stack "${stack}" has no settings.`;
    const remedy = "Create it (Pulumi.local.yaml explains every setting), or name another stack.";
    return { value: undefined, problems: [{ place: { file }, message, remedy }] };
  }
  const { data, document, problems } = readYaml(stackFileSchema, file, text ?? "");
  if (data === undefined) return { value: undefined, problems };
  const source = publicAddress(await originOf(root));
  const settings = parseSettings(stack, config ?? data.config, { source }, document.root?.children.get("config"));
  return { value: settings.value, problems: [...problems, ...settings.problems] };
}

async function readStackFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** The address of git's remote `origin`; empty without git, repository or remote. */
async function originOf(root: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)("git", ["config", "--get", "remote.origin.url"], { cwd: root });
    return stdout.trim();
  } catch {
    return "";
  }
}
