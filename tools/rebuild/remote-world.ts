import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { ImageGraph } from "../../domain/graph/types.js";
import { toInstant, toMs } from "../../domain/rebuild/times.js";
import { loadRuns } from "../../domain/runs/load-runs.js";
import { machineError } from "../machine/machine-problem.js";
import { runsFolder } from "../reports/record-run.js";
import { type OutsideOptions, openOutside } from "./outside.js";
import type { Ended } from "./records.js";
import { type Released, releasedOf } from "./released.js";
import type { WatchWorld } from "./watch-world.js";

const run = promisify(execFile);

export interface RemoteWorldOptions extends OutsideOptions {
  readonly root: string;
}

/**
 * The real registries, and a stack whose engine somebody else runs: a workflow, with a role that this one has not. What it
 * did is read from the stack's exported state and from the records of its runs (`.factory/runs`).
 */
export function openRemoteWorld({ root, ...options }: RemoteWorldOptions): WatchWorld {
  const { settings, tell } = options;
  const { stack } = settings;
  return {
    ...openOutside(root, options),
    released: ({ graph }) => releasedThere(root, stack, graph),
    ended: () => endedRuns(root, stack),
    moveTags: async ({ image }) => {
      const remedy = `factory recall --stack ${stack}`;
      tell(`${image}: its tags stay until somebody with the builder's role moves them: ${remedy}`);
    },
  };
}

/** By the CLI, which decrypts nothing for it: whoever may only look needs no key. */
async function releasedThere(
  root: string,
  stack: string,
  graph: Pick<ImageGraph, "nodes">,
): Promise<readonly Released[]> {
  try {
    const { stdout } = await run("pulumi", ["stack", "export", "--stack", stack], { cwd: root, maxBuffer: 1 << 30 });
    const { deployment } = JSON.parse(stdout) as { readonly deployment?: unknown };
    return releasedOf(deployment, graph);
  } catch (error) {
    const found = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : String(error);
    const remedy = "Log in to the stack's backend (PULUMI_BACKEND_URL), and bring it up once.";
    throw machineError(`stack ${stack}`, `its state cannot be read: ${found}`, remedy);
  }
}

/** Of each image the newest run that came to it. */
async function endedRuns(root: string, stack: string): Promise<ReadonlyMap<string, Ended>> {
  const { value: runs } = await loadRuns(runsFolder(root), 0);
  const ended = new Map<string, Ended>();
  for (const { finishedAt, images, stack: other, status } of runs) {
    // A run that never came to its images says nothing of them.
    const reached = status === "succeeded" || images.some(({ state }) => state === "failed");
    if (other !== stack || !reached) continue;
    for (const { id, state } of images) ended.set(id, { outcome: state, at: toInstant(toMs(finishedAt)) });
  }
  return ended;
}
