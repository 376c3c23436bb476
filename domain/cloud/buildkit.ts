import type { PoolSettings, RunnerSettings } from "../settings/cloud.js";
import type { Settings } from "../settings/types.js";
import { mirrorConfig, upstreamHosts } from "../watch/mirror-repository.js";

export type PoolName = keyof RunnerSettings["pools"];

/** The pools that a stack has, in a fixed order. */
export function poolsOf(runners: RunnerSettings): readonly (readonly [PoolName, PoolSettings])[] {
  const names = ["amd64", "arm64", "gpu"] as const;
  return names.flatMap((name) => {
    const pool = runners.pools[name];
    return pool === undefined ? [] : [[name, pool] as const];
  });
}

/**
 * The buildx builder of an image. Those that need a GPU have builders of their own, which share no daemon with the others.
 * Where a pool has several daemons, an image always comes to the same one, which has its cache and its records.
 */
export function builderOf(
  { builder, cloud }: Pick<Settings, "builder" | "cloud">,
  { id, runner }: { readonly id: string; readonly runner: "cpu" | "gpu" },
): string {
  const runners = cloud?.runners;
  if (runners === undefined) return builder;
  const gpu = runner === "gpu" && runners.pools.gpu !== undefined;
  const name = gpu ? `${builder}-gpu` : builder;
  return builderName(name, spread(id) % shardsOf(runners, gpu));
}

/** `factory`, `factory-2`, ... */
function builderName(name: string, shard: number): string {
  return shard === 0 ? name : `${name}-${shard + 1}`;
}

/** How many builders a kind of images is spread over: as many as its largest pool has daemons. */
function shardsOf(runners: RunnerSettings, gpu: boolean): number {
  return Math.max(1, ...poolsFor(runners, gpu).map(([, { replicas }]) => replicas));
}

function poolsFor(runners: RunnerSettings, gpu: boolean): readonly (readonly [PoolName, PoolSettings])[] {
  return poolsOf(runners).filter(([pool]) => (pool === "gpu") === gpu);
}

/** FNV-1a: the same number for the same image on every machine. */
function spread(id: string): number {
  let hash = 0x811c9dc5;
  for (const character of id) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash;
}

/** Where each daemon listens, inside the cluster; its certificate names it. */
export function daemonHost(runners: Pick<RunnerSettings, "namespace">, pool: PoolName, replica: number): string {
  return `buildkit-${pool}-${replica}.buildkit-${pool}.${runners.namespace}.svc`;
}

export const BUILDKIT_PORT = 1234;

/** Where builds take digests from that were adopted, whether or not upstream still has them. */
export type BuildSource = Pick<Settings, "registry" | "allowedRegistries">;

/**
 * `buildkitd.toml`. Records of builds have to outlive the run that reads them: a record that is gone builds its image again.
 * GPUs are handed to a build by CDI, without asking, since docker-build cannot ask.
 */
export function daemonConfig(
  pool: PoolName,
  { cacheGi, cpu }: PoolSettings,
  { allowedRegistries, registry }: BuildSource,
): string {
  const collected = Math.floor(cacheGi * 0.8);
  const own = [
    "[history]",
    "  maxAge = 604800",
    "  maxEntries = 5000",
    "[worker.oci]",
    "  enabled = true",
    "  gc = true",
    `  max-parallelism = ${cpu}`,
    `  maxUsedSpace = "${collected}GB"`,
    ...(pool === "gpu" ? ["[cdi]", "  disabled = false", '  specDirs = ["/etc/cdi"]'] : []),
    "",
  ];
  return own.join("\n") + mirrorConfig(registry, upstreamHosts(allowedRegistries));
}

/** One daemon of a builder, as buildx keeps it. */
interface InstanceNode {
  readonly Name: string;
  readonly Endpoint: string;
  readonly Platforms: readonly { readonly architecture: string; readonly os: string; readonly variant?: string }[];
  readonly DriverOpts: Readonly<Record<string, string>>;
  readonly Flags: null;
  readonly Files: null;
}

export interface BuilderInstance {
  readonly Name: string;
  readonly Driver: "remote";
  readonly Nodes: readonly InstanceNode[];
  readonly Dynamic: false;
}

/**
 * The files below `$BUILDX_CONFIG/instances`, by name: builders with the native nodes of all platforms, and the GPU's. buildx
 * gives each platform to a node that names it, so nothing is emulated. Each daemon has an address of its own, since a record
 * of a build stays where it was built.
 *
 * @param hosts addresses of a pool's daemons, in their order
 */
export function builderInstances(
  builder: string,
  runners: RunnerSettings,
  hosts: (pool: PoolName) => readonly string[],
): Readonly<Record<string, BuilderInstance>> {
  const instances: Record<string, BuilderInstance> = {};
  for (const gpu of [false, true]) {
    const pools = poolsFor(runners, gpu);
    if (pools.length === 0) continue;
    for (let shard = 0; shard < shardsOf(runners, gpu); shard += 1) {
      const name = builderName(gpu ? `${builder}-gpu` : builder, shard);
      const nodes = pools.flatMap(([pool, { platforms }]) => {
        const list = hosts(pool);
        const host = list[shard % list.length];
        return host === undefined ? [] : [nodeOf(`${name}-${pool}`, host, platforms, runners.certificates)];
      });
      instances[name] = { Name: name, Driver: "remote", Nodes: nodes, Dynamic: false };
    }
  }
  return instances;
}

function nodeOf(name: string, host: string, platforms: readonly string[], certificates: string): InstanceNode {
  return {
    Name: name,
    Endpoint: `tcp://${host}:${BUILDKIT_PORT}`,
    Platforms: platforms.map(platformOf),
    DriverOpts: {
      cacert: `${certificates}/ca.crt`,
      cert: `${certificates}/tls.crt`,
      key: `${certificates}/tls.key`,
      servername: host,
    },
    Flags: null,
    Files: null,
  };
}

function platformOf(platform: string): InstanceNode["Platforms"][number] {
  const [os = "", architecture = "", variant] = platform.split("/");
  return { architecture, os, ...(variant === undefined ? {} : { variant }) };
}
