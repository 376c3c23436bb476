import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { dump } from "js-yaml";
import { secretIds } from "../../domain/plan/secrets.js";
import type { BuildPlan } from "../../domain/plan/types.js";
import { valueOrThrow } from "../../domain/problems.js";
import { loadProject } from "../../domain/project/load.js";
import { loadSettings } from "../../domain/settings/load.js";
import { withEngine } from "../../tools/engine/claim.js";
import { type EngineEvent, nameOf } from "../../tools/engine/events.js";
import { type ImageOutcome, Outcome, type Trouble } from "../../tools/engine/outcome.js";
import { runEngine } from "../../tools/engine/run-engine.js";
import { ensureSecrets } from "../../tools/engine/secrets.js";
import { prepareWorkspace, type Workspace } from "../../tools/engine/workspace.js";
import { projectRoot } from "../../tools/project.js";
import { plantedScan } from "./advisories.js";
import { standInVersions } from "./stand-in/versions.js";
import { World } from "./stand-in/world.js";
import type { TestServices } from "./with-services.js";

const run = promisify(execFile);

/** What a project with evidence needs on PATH. */
export const evidenceTools = ["crane", "pulumi", "docker-build", "buildx", "image-test", "factory-scan"] as const;

export interface RunResult {
  readonly code: number;
  readonly images: readonly ImageOutcome[];
  readonly troubles: readonly Trouble[];
  /** Ids of the images whose docker-build Image was, or would be, created or updated; sorted. */
  readonly built: readonly string[];
  /** Names of the resources of images that were, or would be, created, updated or replaced: `web-evidence`; sorted. */
  readonly changed: readonly string[];
  /** Everything that the engine said, events included. */
  readonly text: string;
}

export interface RunOptions {
  /** Default true. */
  readonly policyPack?: boolean;
  /** Stack configuration over the project's own. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly args?: readonly string[];
  readonly onEvent?: (event: EngineEvent) => void;
}

export interface ProjectOptions {
  /** Whether images are released only with evidence; default false, which is fast. Needs the tools of `evidenceTools`. */
  readonly evidence?: boolean;
  /** Default: `local`. Another one writes its `Pulumi.<stack>.yaml` itself, with `settings` and what else it needs. */
  readonly stack?: string;
  /** Further variables for the engine and all that it starts. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A project of its own, run by the real engine with this checkout's compiled program, provider and policy pack. */
export class TestProject {
  readonly root: string;
  readonly stack: string;
  private readonly env: Readonly<Record<string, string>>;
  /** What the stand-ins for the providers of aws, kubernetes and github have made. */
  readonly world: World;
  /** The settings that lead to the test's own services. */
  readonly settings: Readonly<Record<string, unknown>>;

  constructor(
    readonly services: TestServices,
    name: string,
    { evidence = false, stack = "local", env = {} }: ProjectOptions = {},
  ) {
    this.env = env;
    this.root = path.join(services.dataDir, "projects", name);
    this.stack = stack;
    this.world = new World(path.join(services.dataDir, "worlds", name));
    mkdirSync(this.root, { recursive: true });
    for (const file of ["Pulumi.yaml", "package.json"])
      cpSync(path.join(projectRoot, file), path.join(this.root, file));
    for (const folder of ["dist", "node_modules", "provider", "policy-pack"]) {
      symlinkSync(path.join(projectRoot, folder), path.join(this.root, folder));
    }
    this.settings = {
      "factory:registry": services.registry,
      "factory:builder": services.builder,
      "factory:evidence": evidence,
      ...(evidence ? { "factory:scan": plantedScan(services) } : {}),
    };
    this.write({
      [`Pulumi.${stack}.yaml`]: dump({ config: this.settings }),
      "images.yaml": "images: []\n",
      ".gitignore": "/dist\n/node_modules\n/provider\n/policy-pack\n/.factory\n",
    });
    this.git("init", "--quiet");
  }

  /** Writes files, by path relative to the root; folders are made. */
  write(files: Readonly<Record<string, string | Buffer>>): void {
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(this.root, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  }

  remove(name: string): void {
    rmSync(path.join(this.root, name), { recursive: true });
  }

  /** Copies folders of this checkout, e.g. `bases/debian`. */
  copy(...folders: readonly string[]): void {
    for (const folder of folders)
      cpSync(path.join(projectRoot, folder), path.join(this.root, folder), { recursive: true });
  }

  git(...args: readonly string[]): string {
    const identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
    return execFileSync("git", [...identity, ...args], { cwd: this.root, encoding: "utf8" }).trim();
  }

  commit(): string {
    this.git("add", "--all");
    this.git("commit", "--quiet", "--allow-empty", "--message", "test");
    return this.git("rev-parse", "HEAD");
  }

  /** Sets a build secret of the stack, as `config set --secret` does. */
  async setSecret(id: string, value: string): Promise<void> {
    const { configFile, env, pulumi, root } = this.workspace();
    const args = ["config", "set", "--secret", `secret:${id}`, "--config-file", configFile, "--non-interactive"];
    execFileSync(pulumi, args, { cwd: root, env, input: value });
  }

  up(options: RunOptions = {}): Promise<RunResult> {
    return this.run("up", options);
  }

  preview(options: RunOptions = {}): Promise<RunResult> {
    return this.run("preview", options);
  }

  destroy(options: RunOptions = {}): Promise<RunResult> {
    return this.run("destroy", options);
  }

  /** Takes over what the world says; changes nothing but the state. */
  async refresh(): Promise<void> {
    const { configFile, env, pulumi, root } = this.workspace();
    const args = ["refresh", "--yes", "--skip-preview", "--non-interactive", "--config-file", configFile];
    await run(pulumi, args, { cwd: root, env }).catch(({ stdout, stderr }) => {
      throw new Error(`the refresh failed:\n${stdout}${stderr}`);
    });
  }

  workspace(config: Readonly<Record<string, unknown>> = {}): Workspace {
    const { toolchain, env } = this.services;
    return prepareWorkspace(
      {
        root: this.root,
        dataDir: path.join(this.root, ".factory"),
        pulumi: toolchain.program("pulumi"),
        plugins: {
          "resource-docker-build-v0.0.22": toolchain.program("pulumi-resource-docker-build"),
          "language-nodejs-v3.259.0": path.join(projectRoot, "tools/bin/pulumi-language-nodejs"),
          ...standInPlugins(),
        },
        env: { ...env, STAND_IN_WORLD: this.world.folder, ...this.env },
        stack: this.stack,
      },
      config,
    );
  }

  /** The build plan as far as it can be made; what is wrong with the project is for the program to say. */
  async plan(): Promise<BuildPlan> {
    const settings = valueOrThrow("the settings", await loadSettings(this.root, this.stack));
    return (await loadProject(this.root, settings, "2026-01-01")).value.plan;
  }

  private async run(operation: "up" | "preview" | "destroy", options: RunOptions): Promise<RunResult> {
    const workspace = this.workspace(options.config);
    const plan = await this.plan();
    ensureSecrets(workspace, secretIds(plan), () => {});
    const outcome = new Outcome(
      plan.images.map(({ id }) => id),
      operation === "preview",
      Date.now,
    );
    const changed = new Set<string>();
    const said: string[] = [];
    const args = [
      ...(operation === "preview" ? [] : ["--yes", "--skip-preview", "--continue-on-error"]),
      ...(options.policyPack === false || operation === "destroy" ? [] : ["--policy-pack", "policy-pack"]),
      ...(options.args ?? []),
    ];
    const take = (event: EngineEvent) => {
      said.push(JSON.stringify(event));
      outcome.take(event);
      const step = (event.resOutputsEvent ?? (operation === "preview" ? event.resourcePreEvent : undefined))?.metadata;
      if (step !== undefined && ["create", "update", "replace"].includes(step.op)) changed.add(nameOf(step.urn));
      options.onEvent?.(event);
    };
    const tell = (line: string) => said.push(line);
    const { code, text } = await withEngine(workspace, tell, () => runEngine(workspace, operation, args, take));
    const { images, troubles } = outcome;
    const built = [...changed].filter((name) => name.endsWith("-image")).map((name) => name.replace(/-image$/, ""));
    const names = [...changed].filter((name) => /-(image|evidence|verified|release)$/.test(name)).sort();
    return { code, images, troubles, built: built.sort(), changed: names, text: [...said, text].join("\n") };
  }
}

/** For the engine they are the real ones, of the versions that the program's SDKs ask for. */
function standInPlugins(): Readonly<Record<string, string>> {
  const folder = path.join(projectRoot, "test/support/stand-in");
  return Object.fromEntries(
    Object.entries(standInVersions).map(([sdk, version]) => [
      `resource-${sdk}-v${version}`,
      path.join(folder, `pulumi-resource-${sdk}`),
    ]),
  );
}
