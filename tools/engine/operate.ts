import type { EngineEvent } from "./events.js";
import { type ImageOutcome, Outcome, type Trouble } from "./outcome.js";
import type { Progress } from "./progress.js";
import { runEngine } from "./run-engine.js";
import type { Workspace } from "./workspace.js";

export interface OperationResult {
  /** Every image of the plan. */
  readonly images: readonly ImageOutcome[];
  readonly troubles: readonly Trouble[];
  /** 0 done; 1 problems of the input, a policy or an image; 70 a fault of ours or of the machine; 130 interrupted. */
  readonly exitCode: number;
}

/**
 * Runs `up` or `preview` of the local stack with the policy pack on, and shows how far it is.
 *
 * @param ids the images of the plan, in its order
 */
export async function operate(
  workspace: Workspace,
  operation: "up" | "preview",
  ids: readonly string[],
  args: readonly string[],
  progress: Progress,
): Promise<OperationResult> {
  const outcome = new Outcome(ids, operation === "preview", Date.now);
  progress.stage("starting the engine");
  const onEvent = (event: EngineEvent) => {
    if (event.resourcePreEvent !== undefined) progress.stage(stageOf(event.resourcePreEvent.planning === true));
    const finished = outcome.take(event);
    progress.running(outcome.running);
    if (finished !== undefined && operation === "up") progress.finished(finished);
  };
  // The pack's path is what the engine calls it.
  const { code, text } = await runEngine(workspace, operation, ["--policy-pack", "policy-pack", ...args], onEvent);
  const { images } = outcome;
  if (code === 0) return { images, troubles: [], exitCode: 0 };
  // What an interrupt cuts short is no trouble.
  if (code === 130) return { images, troubles: outcome.troubles.filter((it) => !isCancelled(it)), exitCode: 130 };
  const troubles = [...outcome.troubles];
  if (troubles.length === 0) {
    troubles.push({ id: "", kind: "engine", text: text === "" ? `pulumi ended with exit code ${code}.` : text });
  }
  return { images, troubles, exitCode: exitCodeOf(troubles) };
}

function stageOf(planning: boolean): string {
  return planning ? "checking what changed" : "building";
}

function exitCodeOf(troubles: readonly Trouble[]): number {
  return troubles.some(({ kind }) => kind === "engine" || kind === "crash") ? 70 : 1;
}

function isCancelled({ text }: Trouble): boolean {
  return /\bcontext cancell?ed\b/.test(text);
}
