import type { Checked, Problem } from "../problems.js";
import { checkInstruction, type Refuse } from "./check.js";
import { INSTRUCTIONS } from "./grammar.js";
import { StageInstructions, splitStages } from "./instructions.js";
import { type RawDockerfile, readDockerfile } from "./read.js";
import { resolveStages } from "./resolve.js";
import type { Dockerfile, Reference } from "./types.js";
import { type GlobalArg, GlobalScope, readArgs, targetPlatformArgs } from "./variables.js";

/**
 * Reads a Dockerfile as BuildKit 0.31 does and resolves what it names.
 *
 * @param file relative to the project's root, for the places of references and problems
 * @param buildArgs values that win over the defaults of global ARGs
 * @param platforms the platforms to read it for (`os/arch`), where a name depends on one; without them such a name is
 *   `unresolved`. What depends on the machine that builds (`BUILDPLATFORM`) always is, unless `buildArgs` says it.
 */
export function parseDockerfile(
  text: string,
  file: string,
  buildArgs: Readonly<Record<string, string>> = {},
  platforms: readonly string[] = [],
): Checked<Dockerfile> {
  const raw = readDockerfile(text, file);
  const problems: Problem[] = [...raw.problems];
  const refuse: Refuse = (line, message, remedy) => {
    const known = problems.some((problem) => problem.place.line === line && problem.message === message);
    if (!known) problems.push({ place: { file, line }, message, remedy });
  };
  const instructions = new StageInstructions(text, file);
  const read = (args: Readonly<Record<string, string>>) => resolve(raw.value, file, args, instructions, refuse);
  checkInstructions(raw.value, refuse);
  const dockerfile = read(buildArgs);
  if (platforms.length === 0 || !dockerfile.references.some(dependsOnPlatform)) return { value: dockerfile, problems };
  const perPlatform = platforms.map((platform) => ({
    platform,
    dockerfile: read({ ...targetPlatformArgs(platform), ...buildArgs }),
  }));
  return { value: { ...dockerfile, perPlatform }, problems };
}

function dependsOnPlatform({ resolution }: Reference): boolean {
  return resolution.kind === "unresolved" && resolution.dependsOn?.startsWith("TARGET") === true;
}

function checkInstructions({ instructions, escape: escapeToken }: RawDockerfile, refuse: Refuse): void {
  for (const instruction of instructions) checkInstruction(instruction, escapeToken, refuse);
  const { header, stages } = splitStages(instructions);
  for (const { keyword, line } of header) {
    if (keyword === "ARG" || !INSTRUCTIONS.has(keyword)) continue;
    refuse(line, `${keyword} stands before the first FROM.`, "Only ARG may stand there: move it below a FROM.");
  }
  if (stages.length === 0) refuse(1, "there is no FROM, so nothing to build.", "Add FROM factory.invalid/<base>.");
}

function resolve(
  { instructions, escape: escapeToken, syntax }: RawDockerfile,
  file: string,
  buildArgs: Readonly<Record<string, string>>,
  stageInstructions: StageInstructions,
  refuse: Refuse,
): Dockerfile {
  const { header, stages } = splitStages(instructions);
  const scope = new GlobalScope(buildArgs, escapeToken);
  const args: GlobalArg[] = [];
  for (const { keyword, line, rest } of header) {
    if (keyword !== "ARG") continue;
    for (const arg of readArgs(rest, line, escapeToken)) {
      args.push(arg);
      const reason = scope.declare(arg);
      if (reason !== undefined) refuse(line, `the default of ARG ${arg.name} is invalid: ${reason}.`, "Correct it.");
    }
  }
  const resolved = resolveStages({ stages, stageInstructions, file, scope, escapeToken, refuse }, syntax);
  return { file, escape: escapeToken, args, ...resolved };
}
