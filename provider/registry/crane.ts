import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A call of crane that failed; `detail` is crane's own last line. */
export class CraneError extends Error {
  override readonly name = "CraneError";

  constructor(
    readonly args: readonly string[],
    readonly detail: string,
  ) {
    super(`crane ${args.join(" ")}: ${detail}`);
  }

  /** True where the registry answered that it has no such repository, tag or digest. */
  get notFound(): boolean {
    return /MANIFEST_UNKNOWN|NAME_UNKNOWN|NOT_FOUND|404 Not Found/.test(this.detail);
  }
}

/**
 * Standard output of `crane ARGS`. crane speaks plain HTTP to loopback and private addresses by itself, and takes
 * credentials from docker's configuration.
 *
 * @throws CraneError with crane's last words; the signal's reason when cancelled.
 */
export async function crane(args: readonly string[], signal?: AbortSignal): Promise<string> {
  try {
    const { stdout } = await run("crane", args, { maxBuffer: 64 << 20, ...(signal === undefined ? {} : { signal }) });
    return stdout.trim();
  } catch (error) {
    signal?.throwIfAborted();
    if (isNodeError(error) && error.code === "ENOENT") {
      throw new CraneError(args, "there is no crane on PATH: run `npm run up`, or install crane 0.22.1");
    }
    const stderr = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
    throw new CraneError(args, stderr.trim().split("\n").at(-1) ?? "no output");
  }
}

/** Digest of a reference, or undefined where the registry has no such thing. */
export async function digestOf(reference: string, signal?: AbortSignal): Promise<string | undefined> {
  try {
    return await crane(["digest", reference], signal);
  } catch (error) {
    if (error instanceof CraneError && error.notFound) return undefined;
    throw error;
  }
}

function isNodeError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error;
}
