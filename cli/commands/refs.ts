import { readFile } from "node:fs/promises";
import { InvalidArgumentError } from "commander";
import { parseDockerfile } from "../../domain/dockerfile/parse.js";
import { findTarget, reachable } from "../../domain/dockerfile/reachable.js";
import type { Dockerfile, Reference } from "../../domain/dockerfile/types.js";
import { type Checked, ProblemsError } from "../../domain/problems.js";
import { columns } from "../../domain/render/columns.js";
import type { RegisterCommand } from "../command.js";

interface Options {
  readonly json?: true;
  readonly target?: string;
  readonly arg: Readonly<Record<string, string>>;
}

/** One reference as `--json` prints it; either `resolved` or `reason` is there. */
interface Row {
  readonly file: string;
  readonly line: number;
  readonly instruction: string;
  /** Index of the stage; -1 for `# syntax=`. */
  readonly stage: number;
  /** As written. */
  readonly name: string;
  readonly platform?: string;
  readonly kind: Reference["resolution"]["kind"];
  /** Normalised name of an image, name or number of a stage, or `scratch`. */
  readonly resolved?: string;
  readonly reason?: string;
}

/** `factory refs DOCKERFILE...`. */
export const registerRefs: RegisterCommand = (program) => {
  program
    .command("refs")
    .description("what Dockerfiles name: images and stages, resolved as BuildKit does")
    .argument("<dockerfile...>", "files to read")
    .option("--json", "print JSON")
    .option("--target <stage>", "only what a build of this stage follows")
    .option("--arg <name=value>", "a build argument, also TARGETARCH and its like; may be repeated", addArgument, {})
    .action(async (files: readonly string[], options: Options) => {
      const read = await Promise.all(files.map((file) => readReferences(file, options)));
      const rows = read.flatMap(({ value }) => value);
      console.log(options.json ? JSON.stringify(rows, undefined, 2) : table(rows));
      const problems = read.flatMap((each) => each.problems);
      if (problems.length > 0)
        throw new ProblemsError(files.length === 1 ? "the Dockerfile" : "the Dockerfiles", problems);
    });
};

function addArgument(argument: string, previous: Options["arg"]): Options["arg"] {
  const equals = argument.indexOf("=");
  if (equals < 1) throw new InvalidArgumentError("Write NAME=VALUE.");
  return { ...previous, [argument.slice(0, equals)]: argument.slice(equals + 1) };
}

async function readReferences(file: string, options: Options): Promise<Checked<readonly Row[]>> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { value: [], problems: [{ place: { file }, message, remedy: "Name a Dockerfile." }] };
  }
  const { value: dockerfile, problems } = parseDockerfile(text, file, options.arg);
  const selected = select(dockerfile, options.target);
  return {
    value: selected.value.map((reference) => row(reference, dockerfile)),
    problems: [...problems, ...selected.problems],
  };
}

function select(dockerfile: Dockerfile, name: string | undefined): Checked<readonly Reference[]> {
  if (name === undefined) return { value: dockerfile.references, problems: [] };
  const { value: target, problems } = findTarget(dockerfile, name, { file: dockerfile.file });
  return { value: target === undefined ? [] : reachable(dockerfile, target), problems };
}

function row({ place, instruction, stage, written, platform, resolution }: Reference, { stages }: Dockerfile): Row {
  return {
    file: place.file,
    line: place.line,
    instruction,
    stage,
    name: written,
    ...(platform === undefined ? {} : { platform }),
    kind: resolution.kind,
    ...(resolution.kind === "unresolved" ? { reason: resolution.reason } : { resolved: resolvedName() }),
  };

  function resolvedName(): string {
    if (resolution.kind === "image") return resolution.name;
    return resolution.kind === "stage" ? (stages[resolution.stage]?.name ?? String(resolution.stage)) : "scratch";
  }
}

function meaning({ kind, resolved = "", reason }: Row): string {
  if (kind === "unresolved") return `unresolved: ${reason}`;
  return kind === "stage" ? `stage ${resolved}` : resolved;
}

function table(rows: readonly Row[]): string {
  const cells = [
    ["PLACE", "INSTRUCTION", "STAGE", "NAME", "PLATFORM", "RESOLVED"],
    ...rows.map((each) => [
      `${each.file}:${each.line}`,
      each.instruction,
      each.stage < 0 ? "-" : String(each.stage),
      each.name,
      each.platform ?? "-",
      meaning(each),
    ]),
  ];
  return columns(cells).join("\n");
}
