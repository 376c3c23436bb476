import { splitLine, splitQuoted } from "../dockerfile/split.js";
import type { Dockerfile, Instruction } from "../dockerfile/types.js";
import type { BuildFacts } from "./facts.js";

/** All instructions that the build reaches, in the order of the text; what ONBUILD holds back for a later build counts as if it stood here. */
export function* instructionsOf({ stages, dockerfile }: BuildFacts): Generator<Instruction> {
  for (const stage of stages) {
    for (const instruction of stage.instructions) yield triggered(instruction, dockerfile.escape) ?? instruction;
  }
}

/** The instruction behind ONBUILD, or undefined for any other instruction. */
export function triggered(instruction: Instruction, token: Dockerfile["escape"]): Instruction | undefined {
  if (instruction.keyword !== "ONBUILD") return undefined;
  const { keyword, flags, rest } = splitLine(instruction.rest, token);
  const named = flags.map((flag) => {
    const [, name = "", value = ""] = /^--([^=]*)=?([\s\S]*)$/.exec(flag) ?? [];
    return { name, value };
  });
  return { ...instruction, keyword, flags: named, rest };
}

/** Value of a flag such as `--network`, or undefined where it is not given. */
export function flagOf(instruction: Instruction, name: string): string | undefined {
  return instruction.flags.find((flag) => flag.name === name)?.value;
}

/** Quotes and escapes group and protect; for names and addresses they mean nothing more. */
export function withoutQuotes(word: string): string {
  return word.replace(/["'\\`]/g, "");
}

/** The names that an `ARG` or `ENV` sets, with their values as written where it gives one. */
export function assignmentsOf(
  { keyword, rest }: Instruction,
  token: Dockerfile["escape"],
): readonly { readonly name: string; readonly value?: string }[] {
  const [, name, value] = /^([^\s=]+)\s+([\s\S]*)$/.exec(rest) ?? [];
  if (keyword === "ENV" && name !== undefined && value !== undefined) return [{ name: withoutQuotes(name), value }];
  return splitQuoted(rest, token).map((word) => {
    const equals = word.indexOf("=");
    if (equals < 0) return { name: withoutQuotes(word) };
    return { name: withoutQuotes(word.slice(0, equals)), value: word.slice(equals + 1) };
  });
}
