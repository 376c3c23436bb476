import { minutesOf } from "../../domain/impact/estimate.js";
import { loadPlanAt, loadWholeProject } from "../../domain/impact/load-revision.js";
import { planDifference } from "../../domain/impact/plan-difference.js";
import { predict } from "../../domain/impact/predict.js";
import { reachableOf } from "../../domain/impact/reachable.js";
import type { Impact } from "../../domain/impact/types.js";
import { selectImages } from "../../domain/plan/selection.js";
import { valueOrThrow } from "../../domain/problems.js";
import { loadSettings } from "../../domain/settings/load.js";
import type { Settings } from "../../domain/settings/types.js";
import { loadState } from "../../domain/state/load.js";
import { projectRoot } from "../../tools/project.js";
import type { RegisterCommand } from "../command.js";
import { type ImpactFormat, withImpactFormat, writeImpact } from "../impact/write-impact.js";

interface Options extends ImpactFormat {
  readonly from: string;
  readonly stack: string;
}

/** `factory impact`. */
export const registerImpact: RegisterCommand = (program) => {
  const command = program
    .command("impact")
    .description("what the working tree would build that the commit where it left a branch would not")
    .option("--from <ref>", "the branch that it left, e.g. origin/main", "origin/main")
    .option("--stack <name>", "whose settings to use", "local");
  withImpactFormat(command).action(async ({ from, stack, json, markdown }: Options) => {
    const settings = valueOrThrow("the settings", await loadSettings(projectRoot, stack));
    writeImpact(await workingTreeImpact(projectRoot, settings, from), { json, markdown });
  });
};

async function workingTreeImpact(root: string, settings: Settings, from: string): Promise<Impact> {
  const today = new Date().toISOString().slice(0, 10);
  const before = await loadPlanAt(root, from, settings, today);
  const { graph, plan } = valueOrThrow("the project", await loadWholeProject(root, settings, today));
  const states = valueOrThrow("the states", await loadState(root, settings.state));
  const selection = valueOrThrow("the settings", selectImages(graph, settings));
  const images = reachableOf(graph, new Map(selection.leftOut.map(({ id, reason }) => [id, reason])));
  const { own, removed } = planDifference(before, plan);
  const change = { subject: `Since ${from}`, given: [], own };
  return predict(images, change, { removed, minutes: minutesOf(states.values()) });
}
