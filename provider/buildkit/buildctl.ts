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

/** On a machine so busy that a program does not get on for 50 ms, see `buildctlEnv`. */
const attempts = 5;

/** Seconds to connect: a daemon that builds may need more than the five that buildctl gives it. */
const timeout = 60;

/**
 * Standard output of `buildctl ARGS`, which have to ask only: they may be run more than once.
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
  const all = ["--addr", buildkitHost, "--timeout", String(timeout), ...tls, ...args];
  for (let attempt = 1; ; attempt++) {
    const start = Date.now();
    try {
      return (await run(program, all, limits)).stdout;
    } catch (error) {
      // What gives up before its time gave up on its own trace.
      const early = Date.now() - start < timeout * 1000;
      if (attempt === attempts || !early || !/context deadline exceeded\s*$/.test(String(error))) throw error;
    }
  }
}
