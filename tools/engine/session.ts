import { secretIds } from "../../domain/plan/secrets.js";
import type { BuildPlan } from "../../domain/plan/types.js";
import { valueOrThrow } from "../../domain/problems.js";
import { loadProject } from "../../domain/project/load.js";
import type { Settings } from "../../domain/settings/types.js";
import { projectRoot } from "../project.js";
import { withEngine } from "./claim.js";
import type { Flags } from "./flags.js";
import { localSettings, openLocalStack } from "./local-stack.js";
import { type OperationResult, operate } from "./operate.js";
import { startProgress } from "./progress.js";
import { ensureSecrets } from "./secrets.js";

export interface SessionResult extends OperationResult {
  readonly settings: Settings;
  readonly plan: BuildPlan;
}

/** One `up` or `preview` of the stack `local`. What is wrong with the project's files is told before anything is started. */
export async function runSession(operation: "up" | "preview", flags: Flags): Promise<SessionResult> {
  const settings = await localSettings(flags.selection);
  const today = new Date().toISOString().slice(0, 10);
  const { plan } = valueOrThrow("the project", await loadProject(projectRoot, settings, today));
  const workspace = await openLocalStack(settings, flags.selection);
  const progress = startProgress(process.stderr, Date.now);
  try {
    const result = await withEngine(workspace, progress.line, () => {
      ensureSecrets(workspace, secretIds(plan), progress.line);
      const ids = plan.images.map(({ id }) => id);
      return operate(workspace, operation, ids, argumentsOf(operation, flags), progress);
    });
    return { ...result, settings, plan };
  } finally {
    progress.close();
  }
}

function argumentsOf(operation: "up" | "preview", { skipPreview }: Flags): readonly string[] {
  if (operation === "preview") return [];
  // A failed image holds back what stands on it and nothing else.
  return ["--yes", "--continue-on-error", ...(skipPreview ? ["--skip-preview"] : [])];
}
