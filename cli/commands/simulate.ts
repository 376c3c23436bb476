import { writeFile } from "node:fs/promises";
import { InvalidArgumentError } from "commander";
import { parseDuration } from "../../domain/catalogue/units.js";
import { loadImageGraph } from "../../domain/graph/load.js";
import { ProblemsError, valueOrThrow } from "../../domain/problems.js";
import { fleetOf } from "../../domain/rebuild/fleet.js";
import { loadSettings } from "../../domain/settings/load.js";
import { renderExposureChart } from "../../domain/simulate/chart.js";
import { CONFIGURED, policiesOf } from "../../domain/simulate/policies.js";
import { recordedScenario } from "../../domain/simulate/recorded.js";
import { simulate } from "../../domain/simulate/simulate.js";
import { synthesize } from "../../domain/simulate/synthesize.js";
import { renderOutcomes } from "../../domain/simulate/table.js";
import type { Scenario } from "../../domain/simulate/types.js";
import { loadState } from "../../domain/state/load.js";
import { projectRoot } from "../../tools/project.js";
import type { RegisterCommand } from "../command.js";

const DEFAULT_DELAYS = ["0", "1d", "7d", "14d"];

interface Options {
  readonly delay: readonly number[];
  readonly seed: string;
  readonly days: number;
  readonly images: number;
  readonly recorded?: true;
  readonly stack: string;
  readonly json?: true;
  readonly chart?: string;
}

/** `factory simulate`. */
export const registerSimulate: RegisterCommand = (program) => {
  program
    .command("simulate")
    .description(
      "what rebuild policies would lead to: an invented year, or the recorded one, through the rebuild engine",
    )
    .option("--delay <durations>", "soaks to compare, e.g. 0,1d,7d", readDelays, readDelays(DEFAULT_DELAYS.join()))
    .option("--seed <text>", "which invented year; the same seed gives the same", "1")
    .option("--days <number>", "its length", readCount, 365)
    .option("--images <number>", "how many images are built in it", readCount, 200)
    .option("--recorded", "this project's images, and what their states saw; of flaws they know nothing")
    .option("--stack <name>", "whose states to read", "local")
    .option("--json", "print JSON")
    .option("--chart <file>", "also draw the exposure over time, as SVG")
    .action(async (options: Options) => {
      const scenario = options.recorded ? await loadRecorded(options.stack) : synthesize(options);
      const policies = [...(options.recorded ? [CONFIGURED] : []), ...policiesOf(options.delay)];
      const outcomes = policies.map((policy) => simulate(scenario, policy));
      if (options.chart !== undefined) await writeFile(options.chart, renderExposureChart(outcomes));
      console.log(options.json ? JSON.stringify(outcomes, undefined, 2) : renderOutcomes(outcomes));
    });
};

async function loadRecorded(stack: string): Promise<Scenario> {
  const settings = valueOrThrow("the settings", await loadSettings(projectRoot, stack));
  const { catalogue, graph } = valueOrThrow("the graph", await loadImageGraph(projectRoot));
  const states = valueOrThrow("the states", await loadState(projectRoot, settings.state));
  const scenario = recordedScenario(fleetOf(catalogue, graph), states.values(), Date.now());
  if (scenario !== undefined) return scenario;
  const message = "no external image that anything here stands on was ever seen.";
  const remedy = "Leave --recorded out to simulate an invented year.";
  throw new ProblemsError("the states", [{ place: { file: settings.state }, message, remedy }]);
}

function readDelays(text: string): readonly number[] {
  return text.split(",").map((each) => {
    const delay = parseDuration(each.trim());
    if (delay === undefined) throw new InvalidArgumentError("Write durations such as 0,12h,7d.");
    return delay;
  });
}

function readCount(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("Write a number from 1 to 999999.");
  return Number(text);
}
