import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { projectRoot } from "../project.js";
import { ENGINE_MARKER, type Workspace } from "./workspace.js";

/** A process that has loaded what it can, and listens on no port yet. */
interface Waiting {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly lines: Interface;
}

/**
 * What an engine starts and waits for before it comes to the first build: the language host with the policy pack's process, and
 * our provider. Here they are started, and the SDK loaded, before there is anything to run. Each serves one run and ends
 * with it, so that nothing of a run is left in the next, and the project's own files are loaded when it begins.
 */
export class Standby {
  private next: Promise<readonly Waiting[]> | undefined;

  constructor(private readonly workspace: Pick<Workspace, "root" | "env">) {}

  /** Resolves when they wait. */
  async prepare(): Promise<void> {
    this.next ??= start(this.workspace);
    await this.next;
  }

  /** @param work gets the variables by which an engine finds them; none where one has ended, and the engine starts its own */
  async use<T>(work: (variables: NodeJS.ProcessEnv) => Promise<T>): Promise<T> {
    const isKept = this.next !== undefined;
    const waiting = await this.take();
    try {
      const [host, provider] = await Promise.all(waiting.map(call));
      if (host === undefined || provider === undefined) return await work({});
      return await work({ PULUMI_DEBUG_LANGUAGES: `nodejs:${host}`, PULUMI_DEBUG_PROVIDERS: `factory:${provider}` });
    } finally {
      await end(waiting);
      // One that nobody prepared stays so: a watch that ends after one look needs none.
      if (isKept) void this.prepare();
    }
  }

  async stop(): Promise<void> {
    await end(await this.take());
  }

  private async take(): Promise<readonly Waiting[]> {
    const waiting = (await this.next) ?? [];
    this.next = undefined;
    return waiting;
  }
}

/** @returns none where one of them cannot be started: an engine that starts it itself says why */
async function start({ root, env }: Pick<Workspace, "root" | "env">): Promise<readonly Waiting[]> {
  const host = ["tools/bin/pulumi-language-nodejs", "--standby", root];
  const provider = ["provider/pulumi-resource-factory", "--standby"];
  const started = await Promise.all([host, provider].map((command) => launch(command, root, env)));
  const waiting = started.filter((each) => each !== undefined);
  if (waiting.length === started.length) return waiting;
  await end(waiting);
  return [];
}

async function launch(
  [program = "", ...args]: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<Waiting | undefined> {
  const child = spawn(process.execPath, [join(projectRoot, program), ...args], {
    cwd,
    // Not marked as an engine's: who starts one on this stack meanwhile would take it for what a killed one has left.
    env: { ...env, [ENGINE_MARKER]: undefined },
    // It ends when its standard input does: with us, also by kill -9.
    stdio: ["pipe", "pipe", "inherit"],
    // A Ctrl-C of the terminal is the engine's to answer.
    detached: true,
  });
  // It may end before it is called, which `nextLine` tells.
  child.stdin.on("error", () => {});
  const waiting = { child, lines: createInterface(child.stdout) };
  return (await nextLine(waiting)) === undefined ? undefined : waiting;
}

/** Has it listen. @returns its port; undefined where it has ended */
async function call(waiting: Waiting): Promise<string | undefined> {
  if (!isAlive(waiting)) return undefined;
  const port = nextLine(waiting);
  waiting.child.stdin.write("\n");
  return port;
}

async function nextLine({ child, lines }: Waiting): Promise<string | undefined> {
  const ended = once(child, "close").then(
    () => undefined,
    () => undefined,
  );
  const line = once(lines, "line").then(([text]) => String(text));
  return Promise.race([line, ended]);
}

function isAlive({ child }: Waiting): boolean {
  return child.exitCode === null && child.signalCode === null;
}

async function end(waiting: readonly Waiting[]): Promise<void> {
  for (const each of waiting.filter(isAlive)) {
    const closed = once(each.child, "close");
    each.child.kill();
    await closed;
  }
}
