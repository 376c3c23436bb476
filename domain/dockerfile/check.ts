import { didYouMean } from "../suggest.js";
import { INSTRUCTIONS } from "./grammar.js";
import { parseImageName } from "./image-name.js";
import type { RawInstruction } from "./raw-instruction.js";
import { copyArguments, splitArguments, splitLine } from "./split.js";
import type { EscapeToken } from "./words.js";

/** Notes that a line is refused. */
export type Refuse = (line: number, message: string, remedy: string) => void;

/** Refuses what BuildKit refuses in one instruction alone: unknown ones, unknown flags, wrong numbers of arguments. */
export function checkInstruction(instruction: RawInstruction, escapeToken: EscapeToken, refuse: Refuse): void {
  const { keyword, line } = instruction;
  if (!INSTRUCTIONS.has(keyword)) {
    const known = [...INSTRUCTIONS.keys()];
    refuse(line, `"${keyword}" is no instruction.`, `${didYouMean(keyword, known)}Known: ${known.join(", ")}.`);
    return;
  }
  if (instruction.mayHaveFlags) checkFlags(instruction, refuse);
  if ((keyword === "COPY" || keyword === "ADD") && copyArguments(instruction.rest).length < 2) {
    refuse(line, `${keyword} needs a source and a destination.`, `Write ${keyword} SOURCE... DESTINATION.`);
  }
  if (keyword === "ARG" && instruction.rest === "")
    refuse(line, "ARG names nothing.", "Write ARG NAME or ARG NAME=default.");
  if (keyword === "FROM") checkFrom(instruction, refuse);
  if (keyword === "ONBUILD") checkTrigger(instruction, escapeToken, refuse);
}

function checkFlags({ keyword, flags, line }: RawInstruction, refuse: Refuse): void {
  const known = INSTRUCTIONS.get(keyword);
  if (known === undefined) return;
  const names: string[] = [];
  for (const flag of flags) {
    const equals = flag.indexOf("=");
    const name = flag.slice(2, equals < 0 ? undefined : equals);
    const kind = Object.hasOwn(known, name) ? known[name] : undefined;
    if (kind === undefined) {
      const all = Object.keys(known).map((each) => `--${each}`);
      refuse(line, `${keyword} has no flag --${name}.`, `${didYouMean(`--${name}`, all)}Known: ${all.join(", ")}.`);
    } else if (kind !== "values" && names.includes(name)) {
      refuse(line, `${keyword} has --${name} twice.`, "Keep one of them.");
    } else if (kind !== "boolean" && equals < 0) {
      refuse(line, `--${name} has no value.`, `Write --${name}=VALUE.`);
    }
    names.push(name);
  }
}

/** BuildKit looks every stage up among the named contexts too, so its name must be able to name an image. */
function isStageName(name: string): boolean {
  return /^[a-z][a-z0-9-_.]*$/.test(name) && parseImageName(name) !== undefined;
}

function checkFrom({ rest, line }: RawInstruction, refuse: Refuse): void {
  const [, as, name, ...more] = splitArguments(rest);
  if (rest === "" || more.length > 0 || (as !== undefined && (name === undefined || as.toLowerCase() !== "as"))) {
    refuse(line, `FROM ${rest} is neither FROM IMAGE nor FROM IMAGE AS NAME.`, "Write it in one of these two forms.");
  } else if (name !== undefined && !isStageName(name.toLowerCase())) {
    refuse(line, `"${name}" cannot name a stage.`, "A name starts with a letter; letters, digits, - _ and . follow.");
  }
}

function checkTrigger({ rest, line }: RawInstruction, escapeToken: EscapeToken, refuse: Refuse): void {
  const { keyword } = splitLine(rest, escapeToken);
  if (["ONBUILD", "FROM", "MAINTAINER"].includes(keyword)) {
    refuse(line, `${keyword} cannot follow ONBUILD.`, "Name another instruction.");
  } else if (!INSTRUCTIONS.has(keyword)) {
    refuse(
      line,
      `ONBUILD is followed by "${keyword}", which is no instruction.`,
      "Name an instruction, e.g. ONBUILD RUN.",
    );
  }
}
