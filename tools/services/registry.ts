import { join } from "node:path";
import { machineError } from "../machine/machine-problem.js";
import { holderOf, isFree } from "./ports.js";
import { dataFolder, type ServiceDefinition } from "./service.js";

/**
 * CNCF distribution on a loopback port, without authentication: never to be listened on from elsewhere.
 *
 * @param listener address to which it tells pushes; undefined for nobody
 */
export function registryService(
  dataDir: string,
  program: string,
  port: number,
  listener: string | undefined,
): ServiceDefinition {
  const address = `127.0.0.1:${port}`;
  const path = join(dataDir, "run", "registry.yml");
  return {
    name: "registry",
    address,
    program,
    args: ["serve", path],
    // Distribution 3 sends traces to localhost:4318 unless it is told not to.
    env: { OTEL_TRACES_EXPORTER: "none" },
    config: { path, text: configText(dataFolder(dataDir, "registry"), address, listener) },
    answers: () => isRegistry(address),
    async prepare() {
      if (await isFree(port)) return;
      throw machineError(
        `port ${port}`,
        `127.0.0.1:${port} is held by ${holderOf(port) ?? "another process"}, not by this checkout's registry`,
        "Stop that process, or set another `factory:registry` in Pulumi.local.yaml.",
      );
    },
  };
}

/** Whether a registry answers at an address over plain HTTP. */
export async function isRegistry(address: string): Promise<boolean> {
  try {
    const answer = await fetch(`http://${address}/v2/`, { signal: AbortSignal.timeout(5_000) });
    return answer.ok && answer.headers.get("docker-distribution-api-version") === "registry/2.0";
  } catch {
    return false;
  }
}

/** JSON is YAML. Deleting is on because recalls delete manifests. Whoever listens hears of pushes, as long as he is there. */
function configText(data: string, address: string, listener: string | undefined): string {
  const config = {
    version: "0.1",
    log: { level: "warn", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: data }, delete: { enabled: true } },
    http: { addr: address },
    ...(listener === undefined ? {} : { notifications: notificationsTo(listener) }),
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** What cannot be told waits in the registry's memory. */
export function notificationsTo(listener: string) {
  const ignore = { actions: ["pull"], mediatypes: ["application/octet-stream"] };
  return {
    endpoints: [
      { name: "factory-watch", url: `http://${listener}/events`, timeout: "5s", threshold: 3, backoff: "1s", ignore },
    ],
  };
}
