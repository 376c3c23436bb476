import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { InvalidArgumentError } from "commander";
import { dump } from "js-yaml";
import { z } from "zod";
import { ProblemsError } from "../../domain/problems.js";
import { deriveStack } from "../../domain/settings/derive.js";
import { stackFile } from "../../domain/settings/stack-file.js";
import { readYaml } from "../../domain/yaml/check.js";
import { projectRoot } from "../../tools/project.js";
import type { RegisterCommand } from "../command.js";

interface Options {
  readonly from: string;
  readonly pullRequest?: true;
  readonly team?: string;
  readonly root: string;
}

const fileSchema = z.looseObject({ config: z.record(z.string(), z.unknown()).default({}) });

/** `factory derive-stack NAME`. Writes `Pulumi.<NAME>.yaml`; the workflows need it for stacks that nobody commits. */
export const registerDeriveStack: RegisterCommand = (program) => {
  program
    .command("derive-stack")
    .description("write the file of a stack whose settings are another one's: a pull request's, or another team's")
    .argument("<name>", "the stack to write, e.g. pr-12")
    .requiredOption("--from <stack>", "the stack whose settings it takes")
    .option("--pull-request", "it releases nothing, and signs with a key of its own that nobody trusts")
    .option(
      "--team <repository>",
      "it builds for this repository (owner/name), below a prefix of its own",
      readRepository,
    )
    .option("--root <folder>", "where to write it", projectRoot)
    .action(async (name: string, { from, pullRequest, team, root }: Options) => {
      if ((pullRequest === undefined) === (team === undefined)) {
        const remedy = "Give one of the two.";
        const message = "it is for a pull request (--pull-request) or for a team (--team).";
        throw new ProblemsError("the command", [{ place: { file: "factory derive-stack" }, message, remedy }]);
      }
      const file = stackFile(from);
      const { data, problems } = readYaml(fileSchema, file, await readFile(path.join(projectRoot, file), "utf8"));
      if (data === undefined) throw new ProblemsError("the settings", problems);
      const derivation =
        team === undefined ? { kind: "pull-request" as const } : { kind: "team" as const, repository: team };
      const text = `# Made from ${file} by \`factory derive-stack\`.\n${dump(deriveStack(data, derivation), { lineWidth: -1 })}`;
      await writeFile(path.join(path.resolve(root), stackFile(name)), text);
    });
};

function readRepository(text: string): string {
  if (/^[\w-]+\/[\w.-]+$/.test(text)) return text;
  throw new InvalidArgumentError("Write owner/name.");
}
