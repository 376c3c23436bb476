import { posix } from "node:path";
import { reachable } from "../dockerfile/reachable.js";
import { copyArguments, splitLine } from "../dockerfile/split.js";
import type { Dockerfile, Instruction } from "../dockerfile/types.js";
import type { VariantNode } from "../graph/types.js";

/**
 * The paths of the build context that a build may read: patterns of a `.dockerignore`, sorted; `everything` where they
 * cannot be told.
 */
export type ContextSources = "everything" | readonly string[];

/**
 * What a variant takes from its context: the sources of COPY and ADD and of bind mounts, in the stages that its target
 * needs, and in ONBUILD triggers of those stages and of the bases that we build. Rather too much than too little:
 * `--exclude` is not looked at, a source with a variable stands for everything, one with `[` or `\` for its directory.
 * ONBUILD triggers of images that are not ours are not seen.
 */
export function contextSources(node: VariantNode, nodes: ReadonlyMap<string, VariantNode>): ContextSources {
  const patterns = new Set<string>();
  for (const instruction of contextInstructions(node, nodes)) {
    for (const source of sourcesOf(instruction)) {
      const pattern = patternOf(source);
      if (pattern === undefined) return "everything";
      patterns.add(pattern);
    }
  }
  return [...patterns].sort();
}

type ContextInstruction = Pick<Instruction, "keyword" | "flags" | "rest">;

function* contextInstructions(
  node: VariantNode,
  nodes: ReadonlyMap<string, VariantNode>,
): Generator<ContextInstruction> {
  for (const instruction of neededInstructions(node)) {
    yield instruction.keyword === "ONBUILD" ? triggerOf(instruction, node.dockerfile) : instruction;
  }
  for (const dependency of node.dependencies) {
    const base = dependency.kind === "managed" ? nodes.get(dependency.id) : undefined;
    if (base === undefined) continue;
    for (const instruction of neededInstructions(base)) {
      if (instruction.keyword === "ONBUILD") yield triggerOf(instruction, base.dockerfile);
    }
  }
}

function* neededInstructions({ dockerfile, target }: VariantNode): Generator<Instruction> {
  const needed = new Set(reachable(dockerfile, target).map(({ stage }) => stage));
  for (const { index, instructions } of dockerfile.stages) {
    if (needed.has(index)) yield* instructions;
  }
}

function triggerOf({ rest }: Instruction, dockerfile: Dockerfile): ContextInstruction {
  const { keyword, flags, rest: operands } = splitLine(rest, dockerfile.escape);
  const named = flags.map((flag) => {
    const [name = "", ...value] = flag.slice(2).split("=");
    return { name, value: value.join("=") };
  });
  return { keyword, flags: named, rest: operands };
}

function sourcesOf({ keyword, flags, rest }: ContextInstruction): readonly string[] {
  switch (keyword) {
    case "COPY":
    case "ADD":
      if (flags.some(({ name }) => name === "from")) return [];
      return copyArguments(rest)
        .slice(0, -1)
        .filter((source) => !isHeredoc(source) && !isRemote(source));
    case "RUN":
      return flags.filter(({ name }) => name === "mount").flatMap(({ value }) => mountSources(value));
    default:
      return [];
  }
}

function isHeredoc(source: string): boolean {
  return source.startsWith("<<");
}

function isRemote(source: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(source) || source.startsWith("git@");
}

/** `type=bind,source=a,target=/a`: a bind mount without `from` shows the context. The type is `bind` unless said otherwise. */
function mountSources(mount: string): readonly string[] {
  const options = new Map<string, string>();
  for (const option of mount.replaceAll('"', "").split(",")) {
    const [key = "", ...value] = option.split("=");
    options.set(key.trim().toLowerCase(), value.join("="));
  }
  if (options.has("from")) return [];
  const type = options.get("type") ?? "bind";
  if (type !== "bind" && !type.includes("$")) return [];
  return [options.get("source") ?? options.get("src") ?? "."];
}

/** The pattern that keeps a source; undefined for the whole context. */
function patternOf(source: string): string | undefined {
  if (source.includes("$")) return undefined;
  const segments = posix.join("/", source).split("/").slice(1);
  // Escapes, classes and quotes mean other things to COPY than to .dockerignore: keep the directory around them.
  const special = segments.findIndex((segment) => segment === "" || /[[\]\\`\n\r"']|^\s|\s$/.test(segment));
  const kept = special < 0 ? segments : segments.slice(0, special);
  return kept.length === 0 ? undefined : kept.join("/");
}
