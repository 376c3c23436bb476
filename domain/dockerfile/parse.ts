import type { Checked, Problem } from "../problems.js";
import { checkInstruction, type Refuse } from "./check.js";
import { INSTRUCTIONS } from "./grammar.js";
import { type RawDockerfile, type RawInstruction, readDockerfile } from "./read.js";
import { resolveStages, type StageText } from "./resolve.js";
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
  const parsed = resolve(raw.value, file, buildArgs);
  const problems = [...raw.problems, ...parsed.problems];
  if (platforms.length === 0 || !parsed.value.references.some(dependsOnPlatform))
    return { value: parsed.value, problems };
  const perPlatform = platforms.map((platform) => {
    const { value, problems: own } = resolve(raw.value, file, { ...targetPlatformArgs(platform), ...buildArgs });
    problems.push(...own.filter((problem) => !problems.some((known) => isSame(known, problem))));
    return { platform, dockerfile: value };
  });
  return { value: { ...parsed.value, perPlatform }, problems };
}

function dependsOnPlatform({ resolution }: Reference): boolean {
  return resolution.kind === "unresolved" && resolution.dependsOn?.startsWith("TARGET") === true;
}

function isSame(left: Problem, right: Problem): boolean {
  return left.place.line === right.place.line && left.message === right.message;
}

function resolve(raw: RawDockerfile, file: string, buildArgs: Readonly<Record<string, string>>): Checked<Dockerfile> {
  const problems: Problem[] = [];
  const refuse: Refuse = (line, message, remedy) => {
    problems.push({ place: { file, line }, message, remedy });
  };
  const scope = new GlobalScope(buildArgs, raw.escape);
  const args: GlobalArg[] = [];
  const stages: (StageText & { readonly instructions: RawInstruction[] })[] = [];
  for (const instruction of raw.instructions) {
    const { keyword, line, rest } = instruction;
    checkInstruction(instruction, raw.escape, refuse);
    const stage = stages.at(-1);
    if (keyword === "FROM") stages.push({ from: instruction, instructions: [] });
    else if (stage !== undefined) stage.instructions.push(instruction);
    else if (keyword === "ARG") {
      for (const arg of readArgs(rest, line, raw.escape)) {
        args.push(arg);
        const reason = scope.declare(arg);
        if (reason !== undefined) refuse(line, `the default of ARG ${arg.name} is invalid: ${reason}`, "Correct it.");
      }
    } else if (INSTRUCTIONS.has(keyword)) {
      refuse(line, `${keyword} stands before the first FROM`, "Only ARG may stand there: move it below a FROM.");
    }
  }
  if (stages.length === 0) refuse(1, "there is no FROM, so nothing to build", "Add FROM factory.invalid/<base>.");
  const resolved = resolveStages({ stages, file, scope, escape: raw.escape, refuse }, raw.syntax);
  return { value: { file, escape: raw.escape, args, ...resolved }, problems };
}
