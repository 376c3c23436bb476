import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "../machine/lock.js";
import { machineError } from "../machine/machine-problem.js";
import { identify, isAlive, killAll, livingPids, type ProcessIdentity, readProc } from "../machine/processes.js";
import { liftStaleLocks, settlePendingOperations } from "./recover.js";
import { ENGINE_MARKER, type Workspace } from "./workspace.js";

/**
 * Runs `work` while no other process of ours runs an engine on this stack. What an engine that was killed left behind is
 * put right before, and what this one leaves is ended after; `tell` hears of it.
 */
export async function withEngine<T>(
  workspace: Workspace,
  tell: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const file = join(workspace.dataDir, "run", "engine.json");
  await withLock(file, "starting an engine", async () => {
    const holder = readHolder(file);
    if (holder !== undefined && isAlive(holder)) throw busy(file, holder.pid);
    const orphans = engineProcesses(workspace);
    await killAll(orphans);
    if (orphans.length > 0) tell(`Ended what a killed run had left running: ${orphans.join(", ")}.`);
    liftStaleLocks(workspace, tell);
    settlePendingOperations(workspace, tell);
    mkdirSync(join(workspace.dataDir, "run"), { recursive: true });
    writeFileSync(file, `${JSON.stringify(identify(process.pid))}\n`);
  });
  try {
    return await work();
  } finally {
    await killAll(engineProcesses(workspace));
    rmSync(file, { force: true });
  }
}

/** The engine, the hosts and providers that it started, and what those started: each inherits the marker. */
export function engineProcesses({ dataDir }: Workspace): readonly number[] {
  const marker = `${ENGINE_MARKER}=${dataDir}`;
  return livingPids().filter(
    (pid) => pid !== process.pid && (readProc(`/proc/${pid}/environ`) ?? "").split("\0").includes(marker),
  );
}

function readHolder(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as ProcessIdentity;
  } catch {
    // Nobody there, or a record that a full disk cut short.
    return undefined;
  }
}

function busy(file: string, pid: number) {
  return machineError(file, `process ${pid} is at work on this stack`, `Wait for it, or end it with \`kill ${pid}\`.`);
}
