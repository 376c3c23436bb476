import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { z } from "zod";
import { ProblemsError } from "../../domain/problems.js";
import { buildctl } from "./buildctl.js";

/** What buildx keeps of a builder; written by `buildx create` and by our own tools. */
const instanceSchema = z.object({
  Driver: z.string(),
  Nodes: z.array(z.object({ Endpoint: z.string(), DriverOpts: z.record(z.string(), z.string()).nullish() })),
});

/** How `buildctl` reaches one daemon of a builder. */
export interface BuilderNode {
  /** As for `buildctl --addr`. */
  readonly address: string;
  /** Options of `buildctl` for TLS; empty where the daemon asks for none. */
  readonly tls: readonly string[];
}

/**
 * The daemons behind a buildx builder of driver `remote`. Their histories hold what each has built.
 *
 * @throws ProblemsError where there is no such builder, or another driver
 */
export async function builderNodes(builder: string): Promise<readonly BuilderNode[]> {
  const file = path.join(buildxFolder(), "instances", builder);
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) {
    const remedy = "`npm run up` makes it for the local stack; `docker buildx ls` lists those of other stacks.";
    throw builderError(file, `there is no buildx builder "${builder}".`, remedy);
  }
  const { Driver, Nodes } = instanceSchema.parse(JSON.parse(text));
  if (Driver !== "remote") {
    const message = `builder "${builder}" is of driver "${Driver}", whose build records cannot be read.`;
    const remedy = `Make it anew over its daemon's address: docker buildx create --name ${builder} --driver remote ADDRESS`;
    throw builderError(file, message, remedy);
  }
  return Nodes.map(({ Endpoint, DriverOpts }) => ({ address: Endpoint, tls: tlsOptions(DriverOpts ?? {}) }));
}

const infoSchema = z.object({ buildkitVersion: z.object({ version: z.string() }) });

/** The version of BuildKit that a builder runs, e.g. `v0.31.1`; of its first node where they differ. */
export async function builderVersion(builder: string, signal: AbortSignal): Promise<string> {
  const [node] = await builderNodes(builder);
  if (node === undefined) return "";
  const options = { tls: node.tls, signal };
  const text = await buildctl(node.address, ["debug", "info", "--format", "{{json .}}"], options);
  return infoSchema.parse(JSON.parse(text)).buildkitVersion.version;
}

function buildxFolder(): string {
  const { BUILDX_CONFIG, DOCKER_CONFIG } = process.env;
  return BUILDX_CONFIG ?? path.join(DOCKER_CONFIG ?? path.join(homedir(), ".docker"), "buildx");
}

/** buildx and buildctl name them differently. */
function tlsOptions(options: Readonly<Record<string, string>>): readonly string[] {
  const names = { cacert: "tlscacert", cert: "tlscert", key: "tlskey", servername: "tlsservername" };
  return Object.entries(names).flatMap(([from, to]) => (options[from] ? [`--${to}`, options[from]] : []));
}

function builderError(file: string, message: string, remedy: string): ProblemsError {
  return new ProblemsError("the builder", [{ place: { file }, message, remedy }]);
}
