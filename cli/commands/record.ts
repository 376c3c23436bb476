import { readFile } from "node:fs/promises";
import { ProblemsError, valueOrThrow } from "../../domain/problems.js";
import { loadProject } from "../../domain/project/load.js";
import { loadSettings } from "../../domain/settings/load.js";
import { projectRoot } from "../../tools/project.js";
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
    .description("keep what a plain `pulumi up --json` did, as `npm run up` does by itself")
    .argument("<events>", "the file with its output")
    .option("--stack <name>", "the stack that it ran on", "local")
    .action(async (file: string, { stack }: Options) => {
      const settings = valueOrThrow("the settings", await loadSettings(projectRoot, stack));
      const today = new Date().toISOString().slice(0, 10);
      // What is wrong with the project was the program's to say.
      const { plan } = (await loadProject(projectRoot, settings, today)).value;
      const ids = plan.images.map(({ id }) => id);
      const read = readEvents(await textOf(file), ids);
      if (read === undefined) throw unreadable(file, "there is no event of an operation in it.");
      const { outcome, ...times } = read;
      const { images, troubles } = outcome;
      const recorded = await recordRun({ root: projectRoot, settings, plan, images, troubles, ...times });
      for (const { text, remedy = "" } of recorded.troubles) console.error(`${text}\n${remedy}`);
      if (recorded.id !== undefined) console.log(`${runsFolder(projectRoot)}/${recorded.id}`);
      if (recorded.troubles.length > 0) process.exitCode = 70;
    });
};

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw unreadable(file, `it cannot be read (${error instanceof Error ? error.message : error}).`);
  }
}

function unreadable(file: string, message: string): ProblemsError {
  const remedy = "Write it with: pulumi up --yes --json > FILE";
  return new ProblemsError("the events", [{ place: { file }, message, remedy }]);
}
