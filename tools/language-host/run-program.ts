import { createRequire } from "node:module";
import { resolve } from "node:path";
import { inspect } from "node:util";
import { type RunRequest, RunResponse } from "@pulumi/pulumi/proto/language_pb.js";
import { quietSdk } from "./quiet-sdk.js";

type Sdk = typeof import("@pulumi/pulumi");

let loaded: Sdk | undefined;

/** Loaded when a program runs: the engine starts a second host only to ask which Node there is. */
function sdk(): Sdk {
  if (loaded === undefined) {
    loaded = require("@pulumi/pulumi") as Sdk;
    quietSdk();
  }
  return loaded;
}

/** Loads what a program that exports a function is made of, so that its packages are there when it is run. */
export function prepareProgram(directory: string): void {
  sdk();
  createRequire(resolve(directory, "package.json"))(directory);
}

/**
 * Runs the program in this process and answers when the engine has seen all of its resources. Whatever the program threw is
 * reported to the engine as an error; the answer then only says that there is nothing to add (`bail`).
 */
export async function runProgram(request: RunRequest, engineAddress: string): Promise<RunResponse> {
  const { isGrpcError, log, ResourceError, runtime } = sdk();
  const directory = request.getInfo()?.getProgramDirectory() ?? request.getPwd();
  const entry = resolve(directory, request.getInfo()?.getEntryPoint() ?? ".");
  runtime.resetOptions(
    request.getProject(),
    request.getStack(),
    request.getParallel(),
    engineAddress,
    request.getMonitorAddress(),
    request.getDryrun(),
    request.getOrganization(),
  );
  runtime.setAllConfig(Object.fromEntries(request.getConfigMap().toArray()), request.getConfigsecretkeysList());
  process.env.PULUMI_NODEJS_ROOT_DIRECTORY = request.getInfo()?.getRootDirectory() ?? directory;
  process.chdir(directory);
  process.setMaxListeners(runtime.getMaximumListeners());

  // One failure reaches us once for every promise that waits for it.
  const reported = new Set<unknown>();
  const report = (error: unknown) => {
    if (reported.has(error)) return;
    reported.add(error);
    // The engine itself said so: it is going down, or it has refused a resource and has told why.
    if (isGrpcError(error as Error)) return;
    const resource = ResourceError.isInstance(error) ? error.resource : undefined;
    void log.error(describe(error), resource);
  };
  process.on("uncaughtException", report).on("unhandledRejection", report);
  try {
    await runtime.runInPulumiStack(() => load(directory, entry));
  } catch (error) {
    report(error);
  }
  try {
    await runtime.disconnect(reported.size === 0);
  } catch (error) {
    report(error);
  } finally {
    process.off("uncaughtException", report).off("unhandledRejection", report);
  }
  return new RunResponse().setBail(reported.size > 0 || log.hasErrors());
}

/** The program's exports, or what its exported function returns: the stack's outputs. */
async function load(directory: string, entry: string): Promise<unknown> {
  const fromProgram = createRequire(resolve(directory, "package.json"));
  // A program registers its resources while it is loaded, and the engine may run it twice (preview, update) in one host.
  for (const file of Object.keys(require.cache)) {
    if (!file.includes("/node_modules/") && file !== __filename && !file.startsWith(`${__dirname}/`)) {
      delete require.cache[file];
    }
  }
  const exported: unknown = fromProgram(entry);
  return typeof exported === "function" ? (exported as () => unknown)() : exported;
}

/** A stack trace helps with faults of the program; an error that is meant for its user has none worth showing. */
function describe(error: unknown): string {
  const { ResourceError, RunError } = sdk();
  if (ResourceError.isInstance(error)) return error.hideStack ? error.message : (error.stack ?? error.message);
  if (RunError.isInstance(error)) return error.message;
  return `The program failed: ${error instanceof Error ? error.stack : inspect(error)}`;
}
