import { InvalidArgumentError } from "commander";
import { loadCatalogue } from "../../domain/catalogue/load.js";
import { variantId } from "../../domain/catalogue/types.js";
import { parseDuration } from "../../domain/catalogue/units.js";
import { formatProblems, valueOrThrow } from "../../domain/problems.js";
import { loadRecalls } from "../../domain/recall/load.js";
import type { ReleaseFact } from "../../domain/report/dora.js";
import { renderReport } from "../../domain/report/render-report.js";
import { factoryReport } from "../../domain/report/report.js";
import { loadRollbacks } from "../../domain/rollback/load.js";
import { loadRuns } from "../../domain/runs/load-runs.js";
import { RETENTION_DAYS } from "../../domain/runs/retention.js";
import { loadSettings } from "../../domain/settings/load.js";
import type { Settings } from "../../domain/settings/types.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { RegistryError } from "../../provider/registry/registry-error.js";
import { readHistory } from "../../provider/release/read-history.js";
import { projectRoot } from "../../tools/project.js";
import { runsFolder } from "../../tools/reports/record-run.js";
import type { RegisterCommand } from "../command.js";

const DAY = 24 * 3_600_000;

interface Options {
  readonly stack: string;
  readonly since: number;
  readonly json?: true;
}

/** `factory report`. Exit code 1 where something that it is made from could not be read; the rest is told. */
export const registerReport: RegisterCommand = (program) => {
  program
    .command("report")
    .description("durations, cache hits, sizes and failures over time, and DORA's four figures, from what happened")
    .option(
      "--since <duration>",
      "how far back, at most 90d: that long runs are kept",
      readDuration,
      RETENTION_DAYS * DAY,
    )
    .option("--stack <name>", "whose runs and releases", "local")
    .option("--json", "print JSON")
    .action(async ({ json, since: duration, stack }: Options) => {
      const settings = valueOrThrow("the settings", await loadSettings(projectRoot, stack));
      const rollbacks = valueOrThrow("the rollbacks", await loadRollbacks(projectRoot));
      const recalls = valueOrThrow("the recalls", await loadRecalls(projectRoot));
      const until = Date.now();
      const since = until - duration;
      const runs = await loadRuns(runsFolder(projectRoot), 0);
      if (runs.problems.length > 0) tellProblem(formatProblems("the runs", runs.problems));
      const releases = await releasesOf(settings);
      const times = { since, until };
      const known = { stack, ...times, rollbacks, recalls, runs: runs.value };
      const report = factoryReport({ ...known, ...(releases === undefined ? {} : { releases }) });
      process.stdout.write(json ? `${JSON.stringify(report, undefined, 2)}\n` : renderReport(report));
    });
};

/** All releases that the registry knows: what came before the window tells which commits are new in it. */
async function releasesOf(settings: Settings): Promise<readonly ReleaseFact[] | undefined> {
  const { channel, insecureRegistry, registry } = settings;
  const { images } = valueOrThrow("the catalogue", await loadCatalogue(projectRoot, settings));
  const ids = images.flatMap((image) => image.variants.map((variant) => variantId(image, variant)));
  const client = new RegistryClient(registry, insecureRegistry);
  try {
    const found = ids.map(async (image) => {
      const history = await readHistory(client, `${registry}/${image}`, channel);
      return history.map((release) => ({ image, ...release }));
    });
    return (await Promise.all(found)).flat();
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    const remedy =
      "The registry knows the releases, so DORA's figures are left out. Run `npm run up`, which starts it.";
    tellProblem(`${error.message}\n${remedy}`);
    return undefined;
  }
}

function tellProblem(text: string): void {
  console.error(text);
  process.exitCode = 1;
}

function readDuration(text: string): number {
  const duration = parseDuration(text);
  if (duration !== undefined && duration > 0) return duration;
  throw new InvalidArgumentError("Write a duration such as 30d or 12h.");
}
