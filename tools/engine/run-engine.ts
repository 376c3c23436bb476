import { spawn } from "node:child_process";
import { killAll } from "../machine/processes.js";
import { engineProcesses } from "./claim.js";
import { type EngineEvent, eventReader } from "./events.js";
import type { Workspace } from "./workspace.js";

export interface EngineResult {
  /** The CLI's exit code; 130 after Ctrl-C. */
  readonly code: number;
  /** What the CLI said outside its events: faults before an operation begins. */
  readonly text: string;
}

/**
 * Runs one operation of the CLI and hands over its events as they come. Ctrl-C lets the engine finish what it is about
 * and write its state; a second one kills it with all that it started.
 */
export function runEngine(
  workspace: Workspace,
  operation: "up" | "preview" | "destroy",
  args: readonly string[],
  onEvent: (event: EngineEvent) => void,
): Promise<EngineResult> {
  const common = ["--json", "--non-interactive", "--color", "never", "--config-file", workspace.configFile];
  const child = spawn(workspace.pulumi, [operation, ...common, ...args], {
    cwd: workspace.root,
    env: { ...workspace.env, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own: a Ctrl-C of the terminal reaches it through us, once.
    detached: true,
  });
  const text: string[] = [];
  const reader = eventReader(onEvent, (line) => text.push(line));
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => reader.write(chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => text.push(chunk.trimEnd()));

  let interrupts = 0;
  const interrupt = () => {
    interrupts += 1;
    if (interrupts > 1) {
      void killAll(engineProcesses(workspace));
      return;
    }
    console.error(
      "\nStopping: images being built are given up, finished ones are kept. Ctrl-C again kills the engine.",
    );
    child.kill("SIGINT");
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, interrupt);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(name, interrupt);
      reader.end();
      if (signal !== null)
        text.push(`The engine was killed (${signal}). Run the command again: it goes on from there.`);
      resolve({ code: interrupts > 0 ? 130 : (code ?? 70), text: text.join("\n") });
    });
  });
}
