import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { buildctlEnv } from "./buildctl-env.js";

const run = promisify(execFile);

export interface BuildctlOptions {
  /** Path of the program. Default: the one on PATH. */
  readonly buildctl?: string;
  /** Options for a daemon that asks for TLS. */
  readonly tls?: readonly string[];
  readonly signal?: AbortSignal;
}

/**
 * Standard output of `buildctl ARGS`.
 *
 * @param buildkitHost address as for BUILDKIT_HOST, e.g. `unix:///run/buildkit/buildkitd.sock`
 */
export async function buildctl(
  buildkitHost: string,
  args: readonly string[],
  options: BuildctlOptions,
): Promise<string> {
  const { buildctl: program = "buildctl", tls = [], signal } = options;
  const env = { ...process.env, ...buildctlEnv };
  const limits = { maxBuffer: 256 << 20, env, ...(signal === undefined ? {} : { signal }) };
  // Seconds to connect: a daemon that builds may need more than the five that buildctl gives it.
  const connection = ["--addr", buildkitHost, "--timeout", "60", ...tls];
  return (await run(program, [...connection, ...args], limits)).stdout;
}
