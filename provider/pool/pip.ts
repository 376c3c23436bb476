import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A call of pip that failed; `detail` are pip's own error lines. */
export class PipError extends Error {
  override readonly name = "PipError";

  constructor(
    readonly command: string,
    readonly detail: string,
  ) {
    super(`pip ${command}: ${detail}`);
  }

  /** True where no index that pip knows has a file that fits. */
  get notFound(): boolean {
    return this.detail.includes("No matching distribution found");
  }
}

/** Environment markers (PEP 508) that differ between machines, e.g. `python_version`, `platform_machine`. */
export type Markers = Readonly<Record<string, string>>;

// pip evaluates markers for the interpreter that runs it, whatever --platform and --python-version say
//. Its only source of them is this function of its vendored `packaging`.
const pipWithMarkers = `
import json, sys
from pip._vendor.packaging import markers
environment = {**markers.default_environment(), **json.loads(sys.argv.pop(1))}
markers.default_environment = lambda: environment
from pip._internal.cli.main import main
sys.exit(main())
`;

/**
 * Standard output of the host's pip, with environment markers of another machine. Index, credentials, proxy and
 * certificates are those of pip's own configuration.
 *
 * @throws PipError with pip's error lines; the signal's reason when cancelled.
 */
export async function pip(args: readonly string[], markers: Markers = {}, signal?: AbortSignal): Promise<string> {
  const command = ["-c", pipWithMarkers, JSON.stringify(markers), "--no-input", "--disable-pip-version-check", ...args];
  try {
    const { stdout } = await run("python3", command, {
      maxBuffer: 256 << 20,
      ...(signal === undefined ? {} : { signal }),
    });
    return stdout;
  } catch (error) {
    signal?.throwIfAborted();
    throw new PipError(args[0] ?? "", explain(error));
  }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && error.code === "ENOENT")
    return "there is no python3 on PATH; install Python 3 with pip 23 or newer";
  const stderr = "stderr" in error ? String(error.stderr).trim() : "";
  const lines = stderr.split("\n");
  const errors = lines.filter((line) => line.startsWith("ERROR:")).map((line) => line.slice("ERROR:".length).trim());
  return (errors.length > 0 ? errors.join("; ") : lines.at(-1)) || error.message;
}
