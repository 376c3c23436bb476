import type { Instruction } from "../../domain/dockerfile/types.js";
import type { BuildPlan } from "../../domain/plan/types.js";
import { formatPlace } from "../../domain/problems.js";
import type { Trouble } from "./outcome.js";

/** `images/shop/Dockerfile:12`, the line of the instruction that failed, where the plan has it. */
export function placeOf({ id, step }: Trouble, { images }: Pick<BuildPlan, "images">): string | undefined {
  const dockerfile = images.find((image) => image.id === id)?.node.dockerfile;
  if (dockerfile === undefined || step === undefined) return undefined;
  const shown = squeeze(step.instruction);
  const all = dockerfile.stages.flatMap(({ instructions }) => instructions);
  const blamed = all.find((instruction) => matches(instruction, shown));
  return blamed === undefined ? undefined : formatPlace(blamed.place);
}

/** BuildKit shows an instruction with its flags and its variables filled in; without variables, it ends as it is written. */
function matches({ keyword, rest }: Instruction, shown: string): boolean {
  return shown.startsWith(`${keyword} `) && shown.endsWith(squeeze(rest));
}

function squeeze(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
