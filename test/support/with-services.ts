import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { identify, readProc } from "../../tools/machine/processes.js";
import { run } from "../../tools/machine/run.js";
import { ensureSystem } from "../../tools/machine/system.js";
import { mountPointsBelow } from "../../tools/services/leftovers.js";
import { type RunningServices, startServices, stopServices } from "../../tools/services/local-services.js";
import { dataFolder, type ServiceName } from "../../tools/services/service.js";
import { ensureToolchain, type Toolchain } from "../../tools/toolchain/toolchain.js";
import type { ToolName } from "../../tools/toolchain/tools.js";

/** A registry and a builder that nobody else uses, in a folder of their own. */
export interface TestServices extends RunningServices {
  readonly dataDir: string;
  readonly toolchain: Toolchain;
  /** Whether `smallDisks` are there: not where this process may not mount. */
  readonly hasSmallDisks: boolean;
}

export interface TestServicesOptions {
  /** Tools that the test needs beside the services' own; all of these are on PATH in `env`. Default: crane, buildx. */
  readonly tools?: readonly ToolName[];
  /** Services whose data lie on disks of their own of so many MiB, which tests can fill where `hasSmallDisks`. Default: none. */
  readonly smallDisks?: Readonly<Partial<Record<ServiceName, number>>>;
}

const PREFIX = "image-factory-test-";
const running = new Set<string>();

/** Runs `use` with services of its own, and stops and removes them whatever happens to it. */
export async function withServices<T>(
  use: (services: TestServices) => Promise<T>,
  options: TestServicesOptions = {},
): Promise<T> {
  const services = await startTestServices(options);
  try {
    return await use(services);
  } finally {
    await stopTestServices(services.dataDir);
  }
}

/** The same for all tests of a `describe` block; call it there, and the function it returns in the tests. */
export function useServices(options: TestServicesOptions = {}): () => TestServices {
  let services: TestServices | undefined;
  before(async () => {
    services = await startTestServices(options);
  });
  after(async () => {
    if (services !== undefined) await stopTestServices(services.dataDir);
  });
  return () => {
    if (services === undefined) throw new Error("the services are there only while tests and hooks run");
    return services;
  };
}

async function startTestServices(options: TestServicesOptions): Promise<TestServices> {
  await removeAbandoned();
  await ensureSystem();
  const toolchain = await ensureToolchain(["buildkit", "registry", ...(options.tools ?? ["crane", "buildx"])]);
  const dataDir = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  stopOnSignals();
  running.add(dataDir);
  try {
    const disks = Object.entries(options.smallDisks ?? {});
    const mounted = disks.map(([service, size]) => mountDisk(dataFolder(dataDir, service as ServiceName), size));
    const services = await startServices({ dataDir, registryPort: 0, builder: "test", toolchain });
    return { ...services, dataDir, toolchain, hasSmallDisks: disks.length > 0 && mounted.every(Boolean) };
  } catch (error) {
    await stopTestServices(dataDir);
    throw error;
  }
}

/** @returns whether this process may mount */
function mountDisk(folder: string, mebibytes: number): boolean {
  mkdirSync(folder, { recursive: true });
  return spawnSync("mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", folder]).status === 0;
}

async function stopTestServices(dataDir: string): Promise<void> {
  await stopServices(dataDir);
  // Disks that a test made to fill them.
  for (const point of mountPointsBelow(dataDir, readProc("/proc/self/mountinfo") ?? "")) {
    await run("umount", ["--lazy", point]);
  }
  rmSync(dataDir, { recursive: true, force: true });
  running.delete(dataDir);
}

let stopsOnSignals = false;

function stopOnSignals(): void {
  if (stopsOnSignals) return;
  stopsOnSignals = true;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      const stopped = Promise.allSettled([...running].map(stopTestServices));
      stopped.then(() => process.exit(1));
    });
  }
}

/** Ends what tests left running whose process was killed with SIGKILL. */
async function removeAbandoned(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (owner === undefined || identify(Number(owner)) !== undefined) continue;
    await stopTestServices(join(tmpdir(), name));
  }
}
