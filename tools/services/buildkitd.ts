import { createHash } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { mirrorConfig } from "../../domain/watch/mirror-repository.js";
import { buildctlEnv } from "../../provider/buildkit/buildctl-env.js";
import { run } from "../machine/run.js";
import { dataFolder, type ServiceDefinition } from "./service.js";

export interface BuildkitdPrograms {
  readonly buildkitd: string;
  readonly buildctl: string;
  readonly runc: string;
  /** Folder with `buildkit-qemu-<arch>`, which the daemon looks for on its PATH. */
  readonly emulators: string;
}

/** BuildKit's daemon with its own socket and data, so that it never meets another builder of this machine. */
export function buildkitdService(
  dataDir: string,
  programs: BuildkitdPrograms,
  registry: string,
  upstreams: readonly string[],
): ServiceDefinition {
  const socket = socketPath(dataDir);
  const address = `unix://${socket}`;
  const path = join(dataDir, "run", "buildkitd.toml");
  const temporary = join(dataFolder(dataDir, "buildkitd"), "temporary");
  return {
    name: "buildkitd",
    address,
    program: programs.buildkitd,
    args: ["--config", path],
    env: {
      // Not the caller's PATH: that differs from shell to shell, and each difference would restart the daemon.
      PATH: `${programs.emulators}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      // It leaves a folder behind for most of its mounts, hundreds an hour.
      TMPDIR: temporary,
    },
    config: { path, text: configText(dataDir, socket, programs.runc, registry) + mirrorConfig(registry, upstreams) },
    async answers() {
      const options = { timeoutMs: 10_000, env: { ...process.env, ...buildctlEnv } };
      return (await run(programs.buildctl, ["--addr", address, "debug", "workers"], options)).code === 0;
    },
    async prepare() {
      rmSync(socket, { force: true });
      // Whatever was mounted there went with the daemon before (`endLeftovers`).
      rmSync(temporary, { recursive: true, force: true });
      mkdirSync(temporary, { recursive: true });
    },
  };
}

/** In the data folder; a Unix socket's path ends at 107 bytes, so that of a deeply nested checkout goes elsewhere. */
export function socketPath(dataDir: string): string {
  const inside = join(dataDir, "run", "buildkitd.sock");
  if (Buffer.byteLength(otelSocket(inside)) < 108) return inside;
  const name = createHash("sha256").update(dataDir).digest("hex").slice(0, 16);
  return join(tmpdir(), `image-factory-${name}.sock`);
}

function otelSocket(socket: string): string {
  return `${socket}.otel`;
}

function configText(dataDir: string, socket: string, runc: string, registry: string): string {
  return `root = ${JSON.stringify(dataFolder(dataDir, "buildkitd"))}

[grpc]
  address = [${JSON.stringify(`unix://${socket}`)}]

[otel]
  # The default is one path for the whole machine.
  socketPath = ${JSON.stringify(otelSocket(socket))}

[history]
  # Provenance is read from the history; the defaults keep 50 records for two days.
  maxAge = "8760h"
  maxEntries = 100000

[worker.oci]
  enabled = true
  binary = ${JSON.stringify(runc)}
  # Beyond some dozens of solves at once the daemon stalls.
  max-parallelism = ${Math.max(4, 2 * availableParallelism())}
  gc = true
  reservedSpace = "5GB"
  maxUsedSpace = "40GB"
  minFreeSpace = "5GB"

[worker.containerd]
  enabled = false

[registry.${JSON.stringify(registry)}]
  http = true
  insecure = true
`;
}
