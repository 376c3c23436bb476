import { readFile } from "node:fs/promises";
import { ProblemsError, valueOrThrow } from "../../domain/problems.js";
import { loadProject } from "../../domain/project/load.js";
import { loadPromotions } from "../../domain/promotion/load.js";
import { loadSettings } from "../../domain/settings/load.js";
import type { Settings } from "../../domain/settings/types.js";
import { renderTable, renderTroubles } from "../../tools/engine/table.js";
import { projectRoot } from "../../tools/project.js";
import type { Ended } from "../../tools/reports/ended-run.js";
import { promotedImages } from "../../tools/reports/promoted-images.js";
import { readEvents } from "../../tools/reports/read-events.js";
import { recordRun, runsFolder } from "../../tools/reports/record-run.js";
import type { RegisterCommand } from "../command.js";

interface Options {
  readonly stack: string;
}

/** `factory record FILE`. Exit code 70 where a part could not be made or written. */
export const registerRecord: RegisterCommand = (program) => {
  program
    .command("record")
    .description("keep what a plain `pulumi up --json` did, as `npm run up` does by itself, and print it")
    .argument("<events>", "the file with its output")
    .option("--stack <name>", "the stack that it ran on", "local")
    .action(async (file: string, { stack }: Options) => {
      const settings = valueOrThrow("the settings", await loadSettings(projectRoot, stack));
      const concerned = await imagesOf(settings);
      const { plan, promoted } = concerned;
      const ids = promoted === undefined ? plan.images.map(({ id }) => id) : [...promoted.keys()];
      const read = readEvents(await textOf(file), ids);
      if (read === undefined) throw unreadable(file, "there is no event of an operation in it.");
      const { outcome, ...times } = read;
      const { images } = outcome;
      // In an update that went well there is none; what is said on the way is not.
      const problems = read.exitCode === 0 ? [] : outcome.troubles;
      const ended = { root: projectRoot, settings, ...concerned, images, troubles: problems, ...times };
      const recorded = await recordRun(ended);
      const troubles = [...problems, ...recorded.troubles];
      console.log(renderTable(images, []));
      if (troubles.length > 0) console.error(`\n${renderTroubles(troubles, plan)}`);
      if (recorded.id !== undefined) console.log(`\n${runsFolder(projectRoot)}/${recorded.id}`);
      if (recorded.troubles.length > 0) process.exitCode = 70;
    });
};

/** What is wrong with the project, or with the releases file, was the program's to say. */
async function imagesOf(settings: Settings): Promise<Pick<Ended, "plan" | "promoted">> {
  if (settings.promotes !== undefined) {
    const { releases } = (await loadPromotions(projectRoot, settings.promotes.releases)).value;
    return { plan: { images: [] }, promoted: await promotedImages(projectRoot, releases) };
  }
  const today = new Date().toISOString().slice(0, 10);
  const { plan } = (await loadProject(projectRoot, settings, today)).value;
  return { plan };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw unreadable(file, `it cannot be read (${error instanceof Error ? error.message : error}).`);
  }
}

function unreadable(file: string, message: string): ProblemsError {
  const remedy = "Write it with: pulumi up --yes --skip-preview --json > FILE";
  return new ProblemsError("the events", [{ place: { file }, message, remedy }]);
}
