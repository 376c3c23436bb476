import { rmSync } from "node:fs";
import { connect } from "node:net";
import { join, resolve } from "node:path";
import { emulatorFolder } from "../machine/emulation.js";
import { withLock } from "../machine/lock.js";
import { isAlive } from "../machine/processes.js";
import { requireProgram } from "../machine/programs.js";
import type { Toolchain } from "../toolchain/toolchain.js";
import { buildkitdService, socketPath } from "./buildkitd.js";
import { buildxFolder, writeBuilder } from "./buildx.js";
import { prepareDataFolder } from "./data-folder.js";
import { freePort } from "./ports.js";
import { readRecord } from "./record.js";
import { isRegistry, registryService } from "./registry.js";
import { ensureService, recordedService, type ServiceName, stopService } from "./service.js";

export interface LocalServicesOptions {
  /** Absolute path of the folder that holds data, sockets, logs and records of these services. */
  readonly dataDir: string;
  /** Loopback port of the registry. 0 takes a free one, the same at every start until `stop`. */
  readonly registryPort: number;
  /** Name of the buildx builder. */
  readonly builder: string;
  readonly toolchain: Toolchain;
  /** Hosts whose images BuildKit takes from the registry's quarantine where they were mirrored. Default: none. */
  readonly upstreams?: readonly string[];
}

/** Where the running services are reached. */
export interface RunningServices {
  /** `127.0.0.1:5000`: plain HTTP, no authentication. */
  readonly registry: string;
  /** Name of the buildx builder, of driver `remote`. */
  readonly builder: string;
  /** `unix:///...`, as for BUILDKIT_HOST. */
  readonly buildkitHost: string;
  readonly pids: Readonly<Record<ServiceName, number>>;
  /** For child processes, over `process.env`: PATH with the toolchain, BUILDKIT_HOST, BUILDX_CONFIG, BUILDX_BUILDER. */
  readonly env: Readonly<Record<string, string>>;
}

export interface ServiceStatus {
  readonly name: ServiceName;
  /** `crashed`: it was started and not stopped, and is not there. */
  readonly state: "running" | "silent" | "crashed" | "stopped";
  readonly address?: string;
  readonly pid?: number;
}

const SERVICES: readonly ServiceName[] = ["registry", "buildkitd"];

/**
 * Starts the registry and BuildKit of a data folder, or takes those that run there already and are well.
 * They survive the process that started them; `stopServices` ends them.
 */
export async function startServices(options: LocalServicesOptions): Promise<RunningServices> {
  const { builder, toolchain } = options;
  const dataDir = resolve(options.dataDir);
  prepareDataFolder(dataDir);
  return withLock(join(dataDir, "services"), "starting services", async () => {
    const port = options.registryPort === 0 ? await keptOrFreePort(dataDir) : options.registryPort;
    const registry = registryService(dataDir, toolchain.program("registry"), port, listenerOf(dataDir));
    const buildkitd = buildkitdService(
      dataDir,
      {
        buildkitd: toolchain.program("buildkitd"),
        buildctl: toolchain.program("buildctl"),
        runc: requireProgram("runc", "Install it: apt-get install runc"),
        emulators: emulatorFolder,
      },
      registry.address,
      options.upstreams ?? [],
    );
    // Neither start is left to itself when the other one fails.
    const [first, second] = await Promise.allSettled([
      ensureService(dataDir, registry),
      ensureService(dataDir, buildkitd),
    ]);
    if (first.status === "rejected") throw first.reason;
    if (second.status === "rejected") throw second.reason;
    const pids = { registry: first.value, buildkitd: second.value };
    writeBuilder(dataDir, builder, buildkitd.address);
    const path = [...toolchain.pathEntries, process.env.PATH ?? ""].join(":");
    const env = {
      PATH: path,
      BUILDKIT_HOST: buildkitd.address,
      BUILDX_CONFIG: buildxFolder(dataDir),
      BUILDX_BUILDER: builder,
    };
    return { registry: registry.address, builder, buildkitHost: buildkitd.address, pids, env };
  });
}

/** Ends the services of a data folder and whatever they left running. What they stored stays. */
export async function stopServices(dataDir: string): Promise<void> {
  const folder = resolve(dataDir);
  await withLock(join(folder, "services"), "stopping services", async () => {
    await Promise.all(SERVICES.map((name) => stopService(folder, name)));
    rmSync(socketPath(folder), { force: true });
  });
}

/** What runs for a data folder, asked without changing anything. */
export function servicesStatus(dataDir: string): Promise<readonly ServiceStatus[]> {
  return Promise.all(SERVICES.map((name) => statusOf(resolve(dataDir), name)));
}

async function statusOf(dataDir: string, name: ServiceName): Promise<ServiceStatus> {
  const found = recordedService(dataDir, name);
  if (found === undefined) return { name, state: "stopped" };
  const { address, pid } = found.record;
  if (!found.alive) return { name, state: "crashed", address };
  const answers = name === "registry" ? await isRegistry(address) : await accepts(address.slice("unix://".length));
  return { name, state: answers ? "running" : "silent", address, pid };
}

/** `factory watch`, while it runs. */
function listenerOf(dataDir: string): string | undefined {
  const watch = readRecord(dataDir, "watch");
  return watch !== undefined && isAlive(watch) ? watch.address : undefined;
}

/** After a crash the registry comes back where references to it point. */
async function keptOrFreePort(dataDir: string): Promise<number> {
  const address = readRecord(dataDir, "registry")?.address;
  return address === undefined ? freePort() : Number(address.split(":")[1]);
}

function accepts(socket: string): Promise<boolean> {
  return new Promise((done) => {
    const connection = connect(socket, () => {
      connection.destroy();
      done(true);
    });
    connection.on("error", () => done(false));
  });
}
