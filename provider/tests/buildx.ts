import { spawn } from "node:child_process";

/** A build that failed; `output` is the end of what buildx said. */
export class BuildError extends Error {
  override readonly name = "BuildError";

  constructor(readonly output: string) {
    super(lastWords(output));
  }
}

export interface BuildxOptions {
  /** Name of the builder. */
  readonly builder: string;
  readonly signal?: AbortSignal;
}

/** What of buildx's output is kept, in characters. */
const keptOutput = 32_768;

/**
 * Runs `buildx build` with the buildx on PATH, and comes back only when it has ended, also when it is cancelled: what it
 * read and wrote can then be removed.
 *
 * @throws BuildError; the signal's reason when cancelled
 */
export function buildxBuild(args: readonly string[], { builder, signal }: BuildxOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = spawn("buildx", ["build", "--builder", builder, "--progress=plain", ...args], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let output = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      output = (output + chunk).slice(-keptOutput);
    });
    const cancel = () => child.kill("SIGTERM");
    signal?.addEventListener("abort", cancel, { once: true });
    child.on("error", (error) => {
      output += isMissing(error) ? "ERROR: there is no buildx on PATH" : `ERROR: ${error.message}`;
    });
    child.on("close", (code) => {
      signal?.removeEventListener("abort", cancel);
      if (signal?.aborted) reject(signal.reason);
      else if (code === 0) resolve();
      else reject(new BuildError(output));
    });
  });
}

function isMissing(error: NodeJS.ErrnoException): boolean {
  return error.code === "ENOENT";
}

/** buildx ends with the error, after a quotation of the Dockerfile; what our own program said stands further up. */
function lastWords(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  const error = lines.findLast((line) => /^(ERROR|error):/.test(line)) ?? lines.at(-1) ?? "it said nothing";
  const said = lines.flatMap((line) => /^#\d+ [\d.]+ (image-test: .*)$/.exec(line)?.[1] ?? []);
  return [error.replace(/^(ERROR|error): (failed to build: )?(failed to solve: )?/, ""), ...new Set(said)].join("; ");
}
