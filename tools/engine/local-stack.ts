import { join } from "node:path";
import { valueOrThrow } from "../../domain/problems.js";
import { loadSettings } from "../../domain/settings/load.js";
import { isLoopback } from "../../domain/settings/loopback.js";
import type { Settings } from "../../domain/settings/types.js";
import { upstreamHosts } from "../../domain/watch/mirror-repository.js";
import { ensureSystem } from "../machine/system.js";
import { defaultDataDir, projectRoot } from "../project.js";
import { startServices } from "../services/local-services.js";
import { ensureToolchain, type Toolchain } from "../toolchain/toolchain.js";
import { toolsForUp } from "../toolchain/tools.js";
import { prepareWorkspace, STACK, type Workspace, type WorkspaceOptions } from "./workspace.js";

/** Images to build in this run only, instead of what the settings say. */
export interface Selection {
  readonly with?: readonly string[];
  readonly only?: readonly string[];
}

/** The settings of the stack `local`, with what this run selects. */
export async function localSettings(selection: Selection): Promise<Settings> {
  const settings = valueOrThrow("the settings", await loadSettings(projectRoot, STACK));
  return { ...settings, ...selection };
}

/** The stack `local` of this checkout with its registry and BuildKit running: what an engine needs. */
export async function openLocalStack(settings: Settings, selection: Selection): Promise<Workspace> {
  await ensureSystem();
  const toolchain = await ensureToolchain(toolsForUp());
  const { env } = await startServices({
    dataDir: defaultDataDir,
    registryPort: portOf(settings.registry),
    builder: settings.builder,
    toolchain,
    upstreams: upstreamHosts(settings.allowedRegistries),
  });
  return workspaceOf(toolchain, env, selection);
}

/** The same without the services, for commands that only read or write settings and state. */
export async function openLocalState(): Promise<Workspace> {
  return workspaceOf(await ensureToolchain(["pulumi", "docker-build"]), {}, {});
}

function workspaceOf(toolchain: Toolchain, env: WorkspaceOptions["env"], selection: Selection): Workspace {
  const overrides = Object.entries(selection).map(([key, ids]) => [`factory:${key}`, ids]);
  return prepareWorkspace(
    {
      root: projectRoot,
      dataDir: defaultDataDir,
      pulumi: toolchain.program("pulumi"),
      plugins: {
        "resource-docker-build-v0.0.22": toolchain.program("pulumi-resource-docker-build"),
        "language-nodejs-v3.259.0": join(projectRoot, "tools", "bin", "pulumi-language-nodejs"),
      },
      env: { PATH: [...toolchain.pathEntries, process.env.PATH ?? ""].join(":"), ...env },
    },
    Object.fromEntries(overrides),
  );
}

/** Our registry listens where the settings say; where they name another machine's, ours takes any port. */
function portOf(registry: string): number {
  return isLoopback(registry) ? Number(/:(\d+)/.exec(registry)?.[1] ?? 80) : 0;
}
