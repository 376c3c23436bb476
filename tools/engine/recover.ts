import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { machineError } from "../machine/machine-problem.js";
import { identify, readProc } from "../machine/processes.js";
import type { Workspace } from "./workspace.js";

/** What the file backend writes into a stack's lock file. */
interface StackLock {
  readonly pid: number;
  readonly hostname: string;
}

interface Deployment {
  readonly deployment: { pending_operations?: readonly unknown[] };
}

/** Removes the stack locks of engines of this machine that are not there any more; one that lives keeps the stack. */
export function liftStaleLocks({ lockFolder }: Workspace, tell: (line: string) => void): void {
  if (!existsSync(lockFolder)) return;
  for (const name of readdirSync(lockFolder).filter((entry) => entry.endsWith(".json"))) {
    const file = join(lockFolder, name);
    const lock = readLock(file);
    if (lock !== undefined && lock.hostname !== hostname()) continue;
    if (lock !== undefined && isEngine(lock.pid)) {
      const remedy = `Wait for it, or end it with \`kill ${lock.pid}\`.`;
      throw machineError(file, `the engine with pid ${lock.pid} has locked the stack`, remedy);
    }
    rmSync(file);
    rmSync(`${file}.attrs`, { force: true });
    tell(`Lifted the lock of an engine that was killed${lock === undefined ? "" : ` (pid ${lock.pid})`}.`);
  }
}

/** A dead engine that nobody has reaped keeps its name in /proc, so that alone does not tell. */
function isEngine(pid: number): boolean {
  return identify(pid) !== undefined && readProc(`/proc/${pid}/comm`)?.trim() === "pulumi";
}

/** A lock file cut short by a kill names nobody, and nobody who lives writes one so. */
function readLock(file: string): StackLock | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as StackLock;
  } catch {
    return undefined;
  }
}

/**
 * Forgets operations that a killed engine had begun. All of ours can be repeated: images are pushed by digest, and a release
 * that is there already is left alone. The engine itself would ask about them at every run until somebody refreshes.
 */
export function settlePendingOperations(workspace: Workspace, tell: (line: string) => void): void {
  const count = pendingOperations(workspace.stateFile);
  if (count === 0) return;
  const exported = JSON.parse(cli(workspace, ["stack", "export"])) as Deployment;
  delete exported.deployment.pending_operations;
  cli(workspace, ["stack", "import"], JSON.stringify(exported));
  tell(
    `Forgot ${count} ${count === 1 ? "operation" : "operations"} that a killed engine had begun: this run repeats them.`,
  );
}

function pendingOperations(stateFile: string): number {
  if (!existsSync(stateFile)) return 0;
  const text = readFileSync(stateFile, "utf8");
  if (!text.includes('"pending_operations"')) return 0;
  const state = JSON.parse(text) as { checkpoint: { latest?: { pending_operations?: readonly unknown[] } } };
  return state.checkpoint.latest?.pending_operations?.length ?? 0;
}

function cli({ pulumi, root, env }: Workspace, args: readonly string[], input = ""): string {
  const { status, stdout, stderr, error } = spawnSync(pulumi, [...args, "--non-interactive"], {
    cwd: root,
    env,
    input,
    encoding: "utf8",
    maxBuffer: 1 << 30,
  });
  if (status === 0) return stdout;
  const remedy = "`npm run clean` starts over with an empty state; images in registries stay.";
  throw machineError(`pulumi ${args.join(" ")}`, `failed:\n${error?.message ?? stderr}`, remedy);
}
