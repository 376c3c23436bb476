import { ProblemsError, valueOrThrow } from "../../domain/problems.js";
import { loadSettings } from "../../domain/settings/load.js";
import type { Settings } from "../../domain/settings/types.js";
import { localSettings, openLocalStack } from "../../tools/engine/local-stack.js";
import { Standby } from "../../tools/engine/standby.js";
import { STACK } from "../../tools/engine/workspace.js";
import { machineError } from "../../tools/machine/machine-problem.js";
import { identify, isAlive } from "../../tools/machine/processes.js";
import { defaultDataDir, projectRoot } from "../../tools/project.js";
import { systemClock } from "../../tools/rebuild/clock.js";
import { openStateStore } from "../../tools/rebuild/open-store.js";
import { openWorld } from "../../tools/rebuild/open-world.js";
import { startReceiver } from "../../tools/rebuild/receiver.js";
import { openRemoteWorld } from "../../tools/rebuild/remote-world.js";
import { Watch } from "../../tools/rebuild/watch.js";
import { isFree } from "../../tools/services/ports.js";
import { readRecord, removeRecord, writeRecord } from "../../tools/services/record.js";
import type { RegisterCommand } from "../command.js";

interface Options {
  readonly stack: string;
  readonly once?: true;
}

/** `factory watch`. Runs until it is interrupted, or until there is nothing left to do; exit code 1 where something went wrong. */
export const registerWatch: RegisterCommand = (program) => {
  program
    .command("watch")
    .description("adopt new digests when they may be, and rebuild what stands on them, by itself")
    .option("--stack <name>", "whose; another than local only with --once, and its engine is run by others", STACK)
    .option("--once", "look at everything once, do what is due, and end")
    .action(async ({ once, stack }: Options) => {
      if (stack !== STACK && once !== true) throw onlyOnce(stack);
      if (once === true) process.exitCode = (await (stack === STACK ? watchLocalOnce() : watchOnce(stack))) ? 0 : 1;
      else await watchOn();
    });
};

async function watchOn(): Promise<void> {
  const settings = await localSettings({});
  const port = await claimPort();
  let watch: Watch | undefined;
  const receiver = await startReceiver(port, (pushes) => watch?.pushed(pushes));
  // The registry tells its pushes to whom this names, so it comes before the registry is started.
  const own = identify(process.pid) ?? { pid: process.pid, started: "" };
  writeRecord(defaultDataDir, "watch", { ...own, address: receiver.address, fingerprint: "" });
  const opened = await openLocalWatch(settings);
  watch = opened.watch;
  void opened.standby.prepare();
  watch.start();
  tell(`Watching; registries may tell their pushes to http://${receiver.address}/events.`);
  await interrupted();
  tell("Stopping.");
  await receiver.close();
  await watch.stop();
  await opened.standby.stop();
  removeRecord(defaultDataDir, "watch");
}

async function watchLocalOnce(): Promise<boolean> {
  const { watch } = await openLocalWatch(await localSettings({}));
  return lookOnce(watch);
}

/** Starts registry and builder where they are not there. */
async function openLocalWatch(settings: Settings): Promise<{ readonly watch: Watch; readonly standby: Standby }> {
  const workspace = await openLocalStack(settings, {});
  const store = await openStateStore(projectRoot, settings);
  const standby = new Standby(workspace);
  return { watch: new Watch(openWorld({ settings, workspace, store, standby, clock: systemClock, tell })), standby };
}

async function watchOnce(stack: string): Promise<boolean> {
  const settings = valueOrThrow("the settings", await loadSettings(projectRoot, stack));
  const store = await openStateStore(projectRoot, settings);
  return lookOnce(new Watch(openRemoteWorld({ root: projectRoot, settings, store, clock: systemClock, tell })));
}

/** @returns whether all went well */
async function lookOnce(watch: Watch): Promise<boolean> {
  watch.start();
  await watch.idle();
  await watch.stop();
  return !watch.wasTroubled;
}

function tell(line: string): void {
  console.error(`${new Date().toISOString().slice(0, 19)}Z ${line}`);
}

function onlyOnce(stack: string): ProblemsError {
  const message = `the engine of the stack ${stack} is run by its workflows: a watch of it cannot stay.`;
  const remedy = `Type: factory watch --once --stack ${stack}`;
  return new ProblemsError("the command", [{ place: { file: "factory watch" }, message, remedy }]);
}

/** The port of the last one, so that the registry need not be told another one. */
async function claimPort(): Promise<number> {
  const last = readRecord(defaultDataDir, "watch");
  if (last === undefined) return 0;
  if (isAlive(last)) {
    const remedy = `End it with \`kill ${last.pid}\`, or leave it at work.`;
    throw machineError("factory watch", `process ${last.pid} watches this stack already`, remedy);
  }
  const port = Number(last.address.split(":")[1]);
  return (await isFree(port)) ? port : 0;
}

/** While the engine runs, it hears of it, too, and ends in order. */
function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
}
