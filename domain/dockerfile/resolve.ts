import type { Refuse } from "./check.js";
import { familiarName, fullName, parseImageName } from "./image-name.js";
import { parseFlag, type StageInstructions, type StageText } from "./instructions.js";
import type { RawInstruction } from "./raw-instruction.js";
import type { RawDockerfile } from "./read.js";
import { splitArguments, splitLine } from "./split.js";
import type { Dockerfile, Reference, ReferenceInstruction, Resolution, Stage } from "./types.js";
import type { GlobalScope } from "./variables.js";
import { WordError } from "./word-error.js";
import { type EscapeToken, expandWord } from "./words.js";

interface Source {
  readonly stages: readonly StageText[];
  readonly stageInstructions: StageInstructions;
  readonly file: string;
  readonly scope: GlobalScope;
  readonly escapeToken: EscapeToken;
  readonly refuse: Refuse;
}

/** Resolves every name in the stages of a Dockerfile. */
export function resolveStages(
  source: Source,
  syntax: RawDockerfile["syntax"],
): Pick<Dockerfile, "stages" | "references"> {
  const resolver = new Resolver(source);
  const stages = source.stages.map((text, index) => resolver.openStage(text, index));
  const references = syntax === undefined ? [] : [resolver.syntaxReference(syntax.value, syntax.line)];
  for (const stage of stages) references.push(stage.from, ...resolver.commandReferences(stage));
  return { stages, references };
}

class Resolver {
  /** Stages by name, in lower case. While FROMs are read it holds the earlier ones, afterwards all; the last of a name counts. */
  private readonly stagesByName = new Map<string, number>();

  constructor(private readonly source: Source) {}

  syntaxReference(written: string, line: number): Reference {
    return this.reference("SYNTAX", -1, line, written, this.image(written, line));
  }

  openStage({ from }: StageText, index: number): Stage {
    const [written = "", , name] = splitArguments(from.rest);
    const platform = this.platform(from);
    const reference = this.reference("FROM", index, from.line, written, this.base(written, from.line));
    const stageName = name?.toLowerCase();
    if (stageName !== undefined) this.stagesByName.set(stageName, index);
    const { stageInstructions } = this.source;
    return {
      index,
      ...(stageName === undefined ? {} : { name: stageName }),
      from: platform === undefined ? reference : { ...reference, platform },
      get instructions() {
        return stageInstructions.of(index);
      },
      place: reference.place,
    };
  }

  /** References of the triggers that the stage inherits, then of its own instructions. */
  commandReferences({ from, index }: Stage): readonly Reference[] {
    const { resolution } = from;
    const base = resolution.kind === "stage" ? this.source.stages[resolution.stage] : undefined;
    const references: Reference[] = [];
    for (const { line, rest } of base?.instructions.filter((each) => each.keyword === "ONBUILD") ?? []) {
      references.push(...this.sourceReferences({ ...splitLine(rest, this.source.escapeToken), line }, index));
    }
    for (const instruction of this.source.stages[index]?.instructions ?? []) {
      if (instruction.mayHaveFlags) references.push(...this.sourceReferences(instruction, index));
    }
    return references;
  }

  private sourceReferences(
    instruction: Pick<RawInstruction, "keyword" | "flags" | "line">,
    stage: number,
  ): Reference[] {
    const { keyword, flags, line } = instruction;
    if (flags.length === 0) return [];
    if (keyword === "COPY") {
      return flagValues(flags, "from")
        .filter((written) => written !== "")
        .map((written) => this.reference("COPY", stage, line, written, this.copySource(written, stage, line)));
    }
    if (keyword !== "RUN") return [];
    return flagValues(flags, "mount")
      .map(mountSource)
      .filter((written) => written !== undefined)
      .map((written) => this.reference("RUN", stage, line, written, this.mountSource(written, stage, line)));
  }

  private base(written: string, line: number): Resolution {
    // A FROM without a name has been refused already.
    if (written === "") return { kind: "unresolved", reason: "there is no name" };
    const expansion = this.source.scope.expand(written);
    if (expansion.kind === "symbolic") {
      const { variable } = expansion;
      return {
        kind: "unresolved",
        reason: `it depends on ${variable}, which is not the same in every build`,
        dependsOn: variable,
      };
    }
    if (expansion.kind === "invalid") {
      this.source.refuse(line, `FROM ${written} is invalid: ${expansion.reason}.`, "Correct the substitution.");
      return { kind: "unresolved", reason: expansion.reason };
    }
    const { text, unset } = expansion;
    const stage = this.stagesByName.get(text);
    if (stage !== undefined) return { kind: "stage", stage };
    if (unset.length === 0 || parseImageName(text) !== undefined) return this.image(text, line);
    const reason = `${unset.join(", ")} has no value`;
    const declaration = `ARG ${unset[0]}=...`;
    this.source.refuse(
      line,
      `FROM ${written}: ${reason}.`,
      `Declare ${declaration} above the first FROM, or give the argument.`,
    );
    return { kind: "unresolved", reason };
  }

  private platform(from: RawInstruction): string | undefined {
    const [written] = flagValues(from.flags, "platform");
    if (written === undefined || written === "") return undefined;
    const platform = this.source.scope.expandSymbolically(written);
    if (platform === "")
      this.source.refuse(from.line, `--platform=${written} is empty.`, "Name a platform, e.g. linux/amd64.");
    return platform;
  }

  private copySource(written: string, stage: number, line: number): Resolution {
    if (!isLiteral(written, this.source.escapeToken)) return this.refuseVariable("COPY --from", written, line);
    if (!/^[+-]?\d+$/.test(written)) return this.stageOrImage(written, stage, line);
    const index = Number(written);
    if (index >= 0 && index < this.source.stages.length) return this.stage(index, stage, line);
    const reason = `there is no stage ${written}`;
    const last = this.source.stages.length - 1;
    this.source.refuse(
      line,
      `COPY --from=${written}: ${reason}.`,
      `Stages have the numbers 0 to ${last}; better name them with AS.`,
    );
    return { kind: "unresolved", reason };
  }

  /** Unlike COPY, a mount knows stages by name only: `from=0` is an image. */
  private mountSource(written: string, stage: number, line: number): Resolution {
    const variable = written.indexOf("$");
    if (variable >= 0 && variable < written.length - 1) return this.refuseVariable("RUN --mount from", written, line);
    return this.stageOrImage(written, stage, line);
  }

  private stageOrImage(written: string, stage: number, line: number): Resolution {
    const index = this.stagesByName.get(written.toLowerCase());
    return index === undefined ? this.image(written, line) : this.stage(index, stage, line);
  }

  private stage(index: number, current: number, line: number): Resolution {
    if (index < current) return { kind: "stage", stage: index };
    if (index === current) {
      this.source.refuse(line, "the stage takes from itself.", "Name an earlier stage.");
      return { kind: "unresolved", reason: "it is the stage itself" };
    }
    const opened = this.source.stages[index]?.from.line;
    return { kind: "unresolved", reason: `that stage comes later, at line ${opened}` };
  }

  private image(text: string, line: number): Resolution {
    if (text === "scratch") return { kind: "scratch" };
    const image = parseImageName(text);
    if (image !== undefined) return { kind: "image", name: fullName(image), familiar: familiarName(image) };
    const stage = this.stagesByName.has(text.toLowerCase());
    const remedy = stage
      ? `FROM knows stages in lower case: write ${text.toLowerCase()}.`
      : "Write [HOST/]NAME[:TAG], in lower case.";
    const reason = text === "" ? "the name of the image is empty" : `"${text}" cannot name an image`;
    this.source.refuse(line, `${reason}.`, remedy);
    return { kind: "unresolved", reason };
  }

  private refuseVariable(where: string, written: string, line: number): Resolution {
    const remedy = `Add a stage FROM ${written} AS <name>, with a global ARG, and take from that stage.`;
    this.source.refuse(line, `${where}=${written}: no variables are substituted there.`, remedy);
    return { kind: "unresolved", reason: "no variables are substituted there" };
  }

  private reference(
    instruction: ReferenceInstruction,
    stage: number,
    line: number,
    written: string,
    resolution: Resolution,
  ): Reference {
    return { place: { file: this.source.file, line }, instruction, stage, written, resolution };
  }
}

function flagValues(flags: readonly string[], name: string): readonly string[] {
  return flags
    .map(parseFlag)
    .filter((flag) => flag.name === name)
    .map(({ value }) => value);
}

/** The last `from=` of a mount's comma-separated fields. */
function mountSource(mount: string): string | undefined {
  const sources = mount
    .split(",")
    .map((field) => /^from=(.+)$/is.exec(field)?.[1])
    .filter((source) => source !== undefined);
  return sources.at(-1);
}

function isLiteral(written: string, escapeToken: EscapeToken): boolean {
  try {
    return expandWord(written, () => undefined, escapeToken) === written;
  } catch (error) {
    if (error instanceof WordError) return false;
    throw error;
  }
}
