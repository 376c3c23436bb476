import type { RawInstruction } from "./raw-instruction.js";
import { readDockerfile } from "./read.js";
import type { Instruction } from "./types.js";

/** A FROM and the instructions behind it. */
export interface StageText {
  readonly from: RawInstruction;
  readonly instructions: readonly RawInstruction[];
}

/** What stands above the first FROM, and the stages. */
export function splitStages(instructions: readonly RawInstruction[]): {
  readonly header: readonly RawInstruction[];
  readonly stages: readonly StageText[];
} {
  const header: RawInstruction[] = [];
  const stages: { readonly from: RawInstruction; readonly instructions: RawInstruction[] }[] = [];
  for (const instruction of instructions) {
    if (instruction.keyword === "FROM") stages.push({ from: instruction, instructions: [] });
    else (stages.at(-1)?.instructions ?? header).push(instruction);
  }
  return { header, stages };
}

/** The instructions of each stage. They are read again when first asked for: the graph of a big fleet keeps none of them. */
export class StageInstructions {
  private stages: readonly (readonly Instruction[])[] | undefined;

  constructor(
    private readonly text: string,
    private readonly file: string,
  ) {}

  of(stage: number): readonly Instruction[] {
    this.stages ??= splitStages(readDockerfile(this.text, this.file).value.instructions).stages.map(
      ({ instructions }) => instructions.map((instruction) => this.read(instruction)),
    );
    return this.stages[stage] ?? [];
  }

  private read({ keyword, flags, rest, heredocs, line }: RawInstruction): Instruction {
    return { place: { file: this.file, line }, keyword, flags: flags.map(parseFlag), rest, heredocs };
  }
}

/** `--name=value`; the value is empty where there is none. */
export function parseFlag(flag: string): { readonly name: string; readonly value: string } {
  const equals = flag.indexOf("=");
  if (equals < 0) return { name: flag.slice(2), value: "" };
  return { name: flag.slice(2, equals), value: flag.slice(equals + 1) };
}
