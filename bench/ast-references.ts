import { DockerfileParser, type Instruction, type ModifiableInstruction } from "dockerfile-ast";
import { familiarName, fullName, parseImageName } from "../domain/dockerfile/image-name.js";
import type { Dockerfile, Reference, Resolution, Stage } from "../domain/dockerfile/types.js";

/**
 * What a Dockerfile names, read with dockerfile-ast: the reference of the bench. It knows plain substitutions of global ARGs
 * and leaves the instructions out, which the graph does not need.
 */
export function parseWithAst(text: string, file: string): Dockerfile {
  const ast = DockerfileParser.parse(text);
  const args = new Map(
    ast.getInitialARGs().map((arg) => [arg.getProperty()?.getName() ?? "", arg.getProperty()?.getValue() ?? ""]),
  );
  const stages: Stage[] = [];
  const references: Reference[] = [];
  const names = new Map<string, number>();
  const reference = (instruction: Instruction, written: string, resolution: Resolution): Reference => ({
    place: { file, line: instruction.getRange().start.line + 1 },
    instruction: instruction.getKeyword() as Reference["instruction"],
    stage: stages.length,
    written,
    resolution,
  });
  const resolve = (name: string): Resolution => {
    const stage = /^\d+$/.test(name) ? Number(name) : names.get(name.toLowerCase());
    if (stage !== undefined) return { kind: "stage", stage };
    const image = parseImageName(name);
    if (image === undefined) return { kind: "unresolved", reason: "no image name" };
    return { kind: "image", name: fullName(image), familiar: familiarName(image) };
  };
  let pending: Reference[] = [];
  let from: Reference | undefined;
  let name: string | undefined;
  const close = () => {
    if (from === undefined) return;
    references.push(from, ...pending);
    if (name !== undefined) names.set(name, stages.length);
    stages.push({
      index: stages.length,
      ...(name === undefined ? {} : { name }),
      from,
      instructions: [],
      place: from.place,
    });
    pending = [];
  };
  for (const instruction of ast.getInstructions()) {
    const keyword = instruction.getKeyword();
    if (keyword === "FROM") {
      close();
      const [written, , alias] = instruction
        .getArguments()
        .map((argument) => argument.getValue())
        .filter((value) => !value.startsWith("--"));
      const expanded = (written ?? "").replace(/\$\{?(\w+)\}?/g, (_, variable: string) => args.get(variable) ?? "");
      from = reference(instruction, written ?? "", expanded === "scratch" ? { kind: "scratch" } : resolve(expanded));
      name = alias?.toLowerCase();
    } else if (keyword === "COPY" || keyword === "RUN") {
      for (const source of sources(instruction as ModifiableInstruction, keyword)) {
        pending.push(reference(instruction, source, resolve(source)));
      }
    }
  }
  close();
  return { file, escape: "\\", stages, references, args: [] };
}

function sources(instruction: ModifiableInstruction, keyword: string): readonly string[] {
  const found: string[] = [];
  for (const flag of instruction.getFlags()) {
    if (keyword === "COPY" && flag.getName() === "from") found.push(flag.getValue() ?? "");
    if (keyword !== "RUN" || flag.getName() !== "mount") continue;
    const option = flag.getOptions().find((each) => each.getName() === "from");
    if (option !== undefined) found.push(option.getValue() ?? "");
  }
  return found;
}
