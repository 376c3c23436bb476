import { createRequire } from "node:module";
import { readProc } from "../machine/processes.js";

type DebuggablePromise = (promise: Promise<unknown>, context: string) => Promise<unknown>;

/**
 * Two things that the SDK does for every resource and that nobody sees: five debug messages, each a call of the engine, which
 * throws them away unless the CLI was started with `--debug`; and a list of the promises that are still open, each with a stack
 * trace, to print when the process exits in good order, which a language host never does: the engine ends it. They are half of
 * what a program with hundreds of resources costs. `PULUMI_DEBUG_PROMISE_LEAKS` keeps the list.
 */
export function quietSdk(): void {
  const fromSdk = createRequire(require.resolve("@pulumi/pulumi/package.json"));
  if (!engineShowsDebugMessages()) {
    const log = fromSdk("@pulumi/pulumi/log") as { debug: () => Promise<void> };
    log.debug = () => Promise.resolve();
  }
  if (process.env.PULUMI_DEBUG_PROMISE_LEAKS === undefined) {
    const debuggable = fromSdk("@pulumi/pulumi/runtime/debuggable") as { debuggablePromise: DebuggablePromise };
    debuggable.debuggablePromise = (promise) => promise;
  }
}

/** The engine is the process that started us; it says only on its command line whether it shows them. */
function engineShowsDebugMessages(): boolean {
  const args = readProc(`/proc/${process.ppid}/cmdline`) ?? "";
  return args.split("\0").some((argument) => argument === "--debug" || argument === "-d");
}
