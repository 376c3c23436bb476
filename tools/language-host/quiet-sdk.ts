import { createRequire } from "node:module";
import { readProc } from "../machine/processes.js";

type DebuggablePromise = (promise: Promise<unknown>, context: string) => Promise<unknown>;

/**
 * Two things that the SDK does for every resource and that nobody sees: five debug messages, each a call of the engine, which
 * throws them away unless the CLI was started with `--debug`; and a stack trace for each of a resource's promises, which
 * only `PULUMI_DEBUG_PROMISE_LEAKS` prints. They are half of what a program with hundreds of resources costs.
 */
export function quietSdk(): void {
  const fromSdk = createRequire(require.resolve("@pulumi/pulumi/package.json"));
  if (!engineShowsDebugMessages()) {
    const log = fromSdk("@pulumi/pulumi/log") as { debug: () => Promise<void> };
    log.debug = () => Promise.resolve();
  }
  if (process.env.PULUMI_DEBUG_PROMISE_LEAKS === undefined) {
    const debuggable = fromSdk("@pulumi/pulumi/runtime/debuggable") as { debuggablePromise: DebuggablePromise };
    debuggable.debuggablePromise = withoutStack(debuggable.debuggablePromise);
  }
}

/** The engine is the process that started us; it says only on its command line whether it shows them. */
function engineShowsDebugMessages(): boolean {
  const args = readProc(`/proc/${process.ppid}/cmdline`) ?? "";
  return args.split("\0").some((argument) => argument === "--debug" || argument === "-d");
}

function withoutStack(debuggablePromise: DebuggablePromise): DebuggablePromise {
  return (promise, context) => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(promise, context);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
}
