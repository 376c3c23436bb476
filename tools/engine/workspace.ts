import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { load } from "js-yaml";
import { machineError } from "../machine/machine-problem.js";
import { privateStackFile, saltOf } from "./stack-config.js";

export const STACK = "local";

/** Set for the engine; whatever it starts inherits it, which is how the next run finds what a killed engine left. */
export const ENGINE_MARKER = "IMAGE_FACTORY_ENGINE";

export interface WorkspaceOptions {
  /** Absolute path of the Pulumi project. */
  readonly root: string;
  /** Absolute path of the folder for state, passphrase and plugins; `<root>/.factory`. */
  readonly dataDir: string;
  /** Absolute path of the `pulumi` program. */
  readonly pulumi: string;
  /** Plugins by the name of their folder in Pulumi's plugin cache, with the path of their program. */
  readonly plugins: Readonly<Record<string, string>>;
  /** Default: `local`. */
  readonly stack?: string;
  /** Further variables for the engine, e.g. PATH and BUILDX_CONFIG. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How to call the CLI on a stack whose state is on this machine, without any account. */
export interface Workspace {
  readonly stack: string;
  readonly root: string;
  readonly dataDir: string;
  readonly project: string;
  readonly pulumi: string;
  /** The private stack file, for `--config-file`. */
  readonly configFile: string;
  /** The stack's checkpoint. */
  readonly stateFile: string;
  /** Folder of the stack's lock files. */
  readonly lockFolder: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Where the file backend keeps what it knows of the stack `local`. */
export function checkpointFile(dataDir: string, project: string): string {
  return join(dataDir, "pulumi", ".pulumi/stacks", project, `${STACK}.json`);
}

/** Makes the stack's private home on first use, and brings its private stack file up to date. */
export function prepareWorkspace(options: WorkspaceOptions, overrides: Readonly<Record<string, unknown>>): Workspace {
  const { root, dataDir, pulumi, stack = STACK } = options;
  const project = projectName(root);
  const backend = join(dataDir, "pulumi");
  const home = join(dataDir, "pulumi-home");
  const workspace: Workspace = {
    stack,
    root,
    dataDir,
    project,
    pulumi,
    configFile: join(dataDir, `Pulumi.${stack}.yaml`),
    stateFile: join(backend, ".pulumi/stacks", project, `${stack}.json`),
    lockFolder: join(backend, ".pulumi/locks/organization", project, stack),
    env: {
      ...process.env,
      ...options.env,
      // The caller's own account and passphrase belong to other stacks.
      PULUMI_ACCESS_TOKEN: undefined,
      PULUMI_CONFIG_PASSPHRASE: undefined,
      PULUMI_CONFIG_PASSPHRASE_FILE: join(dataDir, "passphrase"),
      PULUMI_HOME: home,
      PULUMI_BACKEND_URL: `file://${backend}`,
      PULUMI_STACK: stack,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // The engine tells a policy pack nothing of the stack's configuration; ours reads this file.
      FACTORY_STACK_FILE: join(dataDir, `Pulumi.${stack}.yaml`),
      // Plugins are those linked below and no others: none from PATH, at which the engine warns, and no downloads.
      PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      [ENGINE_MARKER]: dataDir,
    },
  };
  mkdirSync(backend, { recursive: true });
  for (const [folder, program] of Object.entries(options.plugins)) linkPlugin(join(home, "plugins", folder), program);
  withoutDebugLog(home);
  ensurePassphrase(workspace);
  writeStackFile(workspace, ensureSalt(workspace), overrides);
  return workspace;
}

export function projectName(root: string): string {
  return (load(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as { name: string }).name;
}

function linkPlugin(folder: string, program: string): void {
  const link = join(folder, program.slice(program.lastIndexOf("/") + 1));
  if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() && readlinkSync(link) === program) return;
  mkdirSync(folder, { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(program, link);
}

/**
 * The CLI logs every property of every resource, secrets included, to `logs/` in its home, and has no switch for that. It is
 * half of what the engine costs. Where no such folder can be made, it goes without; `--logtostderr -v=9` logs all the same.
 */
function withoutDebugLog(home: string): void {
  const logs = join(home, "logs");
  if (lstatSync(logs, { throwIfNoEntry: false })?.isFile()) return;
  mkdirSync(home, { recursive: true });
  rmSync(logs, { recursive: true, force: true });
  writeFileSync(logs, "");
}

function ensurePassphrase({ configFile, dataDir, stateFile }: Workspace): void {
  const file = join(dataDir, "passphrase");
  if (existsSync(file)) return;
  if (existsSync(stateFile)) {
    const remedy = "Put it back, or start over: `npm run clean` removes the stack's state (images in registries stay).";
    throw machineError(file, "the passphrase of the stack's state is gone", remedy);
  }
  // Nobody can read its secrets any more.
  rmSync(configFile, { force: true });
  writeFileSync(file, randomBytes(24).toString("base64url"), { mode: 0o600 });
}

/** The salt that belongs to the stack's state; creates the stack where there is none. */
function ensureSalt(workspace: Workspace): string {
  if (!existsSync(workspace.stateFile)) return createStack(workspace);
  const salt = saltOf(readIfThere(workspace.configFile)) ?? saltOfState(workspace.stateFile);
  if (salt !== undefined) return salt;
  throw machineError(
    workspace.stateFile,
    "the stack's state names no salt",
    "Start over: `npm run clean` removes the stack's state (images in registries stay).",
  );
}

function saltOfState(stateFile: string): string | undefined {
  const state = JSON.parse(readFileSync(stateFile, "utf8")) as {
    checkpoint?: { latest?: { secrets_providers?: { state?: { salt?: string } } } };
  };
  return state.checkpoint?.latest?.secrets_providers?.state?.salt;
}

/** `stack init` writes the salt into the project's stack file, which is committed; so it gets a project of its own. */
function createStack({ configFile, dataDir, project, pulumi, env, stack }: Workspace): string {
  const folder = mkdtempSync(join(dataDir, "stack-init-"));
  const stackFile = join(folder, `Pulumi.${stack}.yaml`);
  try {
    writeFileSync(join(folder, "Pulumi.yaml"), `name: ${project}\nruntime: nodejs\n`);
    // Secrets outlive the state: a salt that is there already is taken over.
    writeFileSync(stackFile, readIfThere(configFile));
    const args = ["stack", "init", stack, "--non-interactive"];
    const { status, stderr, error } = spawnSync(pulumi, args, { cwd: folder, env, encoding: "utf8" });
    if (status !== 0) throw machineError(pulumi, `cannot create the stack:\n${error?.message ?? stderr}`, "See above.");
    const salt = saltOf(readFileSync(stackFile, "utf8"));
    if (salt === undefined) throw new Error("`pulumi stack init` wrote no salt");
    return salt;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function writeStackFile(
  { root, configFile, stack }: Workspace,
  salt: string,
  overrides: Readonly<Record<string, unknown>>,
) {
  const committed = readIfThere(join(root, `Pulumi.${stack}.yaml`));
  const before = readIfThere(configFile);
  const text = privateStackFile(committed, before, salt, overrides);
  if (text === before) return;
  mkdirSync(dirname(configFile), { recursive: true });
  const temporary = `${configFile}.${process.pid}`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, configFile);
}

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
