import { ensurePayloads } from "../../cli/lock/ensure-payloads.js";
import { formatChanges } from "../../domain/lock/diff.js";
import { secretIds } from "../../domain/plan/secrets.js";
import type { BuildPlan } from "../../domain/plan/types.js";
import { valueOrThrow } from "../../domain/problems.js";
import { loadProject } from "../../domain/project/load.js";
import type { Settings } from "../../domain/settings/types.js";
import { PayloadCache } from "../../provider/pool/payload-cache.js";
import { defaultDataDir, projectRoot } from "../project.js";
import { fullDisks } from "../services/data-folder.js";
import { dataFolder } from "../services/service.js";
import { withEngine } from "./claim.js";
import type { Flags } from "./flags.js";
import { localSettings, openLocalStack } from "./local-stack.js";
import { asOne, emptyCache, missesSnapshots } from "./lost-cache.js";
import { type OperationResult, operate } from "./operate.js";
import type { Trouble } from "./outcome.js";
import { type Progress, startProgress } from "./progress.js";
import { makeRoom } from "./remedy.js";
import { ensureSecrets } from "./secrets.js";
import type { Workspace } from "./workspace.js";

export interface SessionResult extends OperationResult {
  readonly settings: Settings;
  readonly plan: BuildPlan;
  /** When the work on the images began and ended, in milliseconds since 1970. */
  readonly startedAt: number;
  readonly finishedAt: number;
}

/** One `up` or `preview` of the stack `local`. What is wrong with the project's files is told before anything is started. */
export async function runSession(operation: "up" | "preview", flags: Flags): Promise<SessionResult> {
  const settings = await localSettings(flags.selection);
  let plan = await loadPlan(settings);
  const workspace = await openLocalStack(settings, flags.selection);
  const progress = startProgress(process.stderr, Date.now);
  const startedAt = Date.now();
  try {
    const result = await withEngine(workspace, progress.line, async () => {
      if (operation === "up" && (await relockWhatIsGone(workspace, settings.registry, plan, progress))) {
        plan = await loadPlan(settings);
      }
      ensureSecrets(workspace, secretIds(plan), progress.line);
      const ids = plan.images.map(({ id }) => id);
      const operateOnce = () => operate(workspace, operation, ids, argumentsOf(operation, flags), progress);
      const first = await operateOnce();
      if (operation === "preview" || !missesSnapshots(first)) return first;
      progress.line("BuildKit misses parts of its cache, as after a full disk. Emptying it, and building once more.");
      await emptyCache(workspace);
      return asOne(first, await operateOnce());
    });
    const troubles = result.exitCode === 0 ? [] : [...result.troubles, ...diskTroubles()];
    return { ...result, troubles, settings, plan, startedAt, finishedAt: Date.now() };
  } finally {
    progress.close();
  }
}

async function loadPlan(settings: Settings): Promise<BuildPlan> {
  const today = new Date().toISOString().slice(0, 10);
  return valueOrThrow("the project", await loadProject(projectRoot, settings, today)).plan;
}

/** Packages that no archive, cache or registry has any more are replaced by what there is now, in an ignored overlay. */
async function relockWhatIsGone(
  workspace: Workspace,
  registry: string,
  { pools }: BuildPlan,
  progress: Progress,
): Promise<boolean> {
  // crane is found by name.
  process.env.PATH = workspace.env.PATH;
  progress.stage("looking for the locked packages");
  const relocked = await ensurePayloads(projectRoot, {
    registry,
    pools: pools.map(({ name }) => name),
    cache: new PayloadCache(),
    progress: (line) => progress.detail(line),
  });
  for (const { changes, file, fixed, name } of relocked) {
    progress.line(`Packages of ${name} are gone: locked anew in ${file}. What is built on it cannot be promoted.`);
    progress.line(formatChanges(changes, fixed));
  }
  return relocked.length > 0;
}

/** A registry without room says anything but that. */
function diskTroubles(): readonly Trouble[] {
  const folders = [defaultDataDir, dataFolder(defaultDataDir, "registry"), dataFolder(defaultDataDir, "buildkitd")];
  return fullDisks(folders).map(({ folder, found }) => {
    return { id: "", kind: "engine", text: `${folder}: ${found}`, remedy: makeRoom };
  });
}

function argumentsOf(operation: "up" | "preview", { skipPreview }: Flags): readonly string[] {
  if (operation === "preview") return [];
  // A failed image holds back what stands on it and nothing else.
  return ["--yes", "--continue-on-error", ...(skipPreview ? ["--skip-preview"] : [])];
}
