import type { Checked, Problem } from "../problems.js";
import { trimStart } from "./space.js";
import { jsonArguments, type SplitLine, splitLine } from "./split.js";
import { type EscapeToken, splitRawWords, splitWords } from "./words.js";

/** Text between `<<NAME` and `NAME`; no instruction stands in it. */
export interface Heredoc {
  readonly name: string;
  /** Lines as written, each with its line break. */
  readonly content: string;
}

/** One instruction as BuildKit's parser sees it: comments and continuations are gone, heredocs taken out. */
export interface RawInstruction extends SplitLine {
  /** Line of its first character, 1-based. */
  readonly line: number;
  readonly heredocs: readonly Heredoc[];
}

export interface RawDockerfile {
  readonly escape: EscapeToken;
  /** `# syntax=`, its first word. */
  readonly syntax?: { readonly value: string; readonly line: number };
  readonly instructions: readonly RawInstruction[];
}

const DIRECTIVE = /^([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/;
const DIRECTIVES: readonly string[] = ["syntax", "escape", "check"];
const HEREDOC = /^\d*<<(-?)\s*([^<]*)$/;
const NO_HEREDOCS: readonly Heredoc[] = [];

/** Reads lines into instructions by the rules of BuildKit 0.31's own parser, which the tests hold it to. */
export function readDockerfile(text: string, file: string): Checked<RawDockerfile> {
  const reader = new LineReader(text.startsWith("\uFEFF") ? text.slice(1) : text, file);
  const instructions = reader.readAll();
  const syntax = findSyntax(text.startsWith("\uFEFF") ? text.slice(1) : text);
  return {
    value: { escape: reader.escape, ...(syntax === undefined ? {} : { syntax }), instructions },
    problems: reader.problems,
  };
}

class LineReader {
  escape: EscapeToken = "\\";
  readonly problems: Problem[] = [];
  private position = 0;
  private line = 0;
  private directivesOpen = true;
  private readonly seen = new Set<string>();

  constructor(
    private readonly text: string,
    private readonly file: string,
  ) {}

  readAll(): readonly RawInstruction[] {
    const instructions: RawInstruction[] = [];
    while (this.position < this.text.length) {
      const physical = this.nextLine();
      const startLine = this.line;
      const logical = this.readLogicalLine(physical);
      if (logical === undefined) continue;
      const split = splitLine(logical, this.escape);
      const heredocs = logical.includes("<<") ? this.readHeredocs(split, logical, startLine) : NO_HEREDOCS;
      instructions.push({ ...split, line: startLine, heredocs });
    }
    return instructions;
  }

  /** The physical line without its line break, at whose end the reader then stands. */
  private nextLine(): string {
    const end = this.text.indexOf("\n", this.position);
    const line = this.text.slice(this.position, end < 0 ? undefined : end);
    this.position = end < 0 ? this.text.length : end + 1;
    this.line += 1;
    return line.endsWith("\r") ? line.replace(/\r+$/, "") : line;
  }

  /** Joins a line with those that continue it; undefined for a comment or an empty line. */
  private readLogicalLine(physical: string): string | undefined {
    const first = trimStart(physical);
    if (this.directivesOpen) this.readDirective(first);
    if (first === "" || first.startsWith("#")) return undefined;
    let joined = this.withoutContinuation(first);
    if (joined === undefined) return first;
    while (this.position < this.text.length) {
      const next = this.nextLine();
      // Comments and empty lines between continued lines are skipped, whatever stands at their end.
      const trimmed = trimStart(next);
      if (trimmed === "" || trimmed.startsWith("#")) continue;
      const continued = this.withoutContinuation(next);
      joined += continued ?? next;
      if (continued === undefined) break;
    }
    return joined;
  }

  /** The line without the escape token that continues it; undefined where it is not continued. */
  private withoutContinuation(line: string): string | undefined {
    let end = line.length;
    while (end > 0 && (line[end - 1] === " " || line[end - 1] === "\t")) end -= 1;
    if (line[end - 1] !== this.escape || line[end - 2] === this.escape) return undefined;
    return line.slice(0, end - 1);
  }

  private readDirective(line: string): void {
    const match = line.startsWith("#") ? DIRECTIVE.exec(trimStart(line.slice(1))) : null;
    const name = match?.[1]?.toLowerCase() ?? "";
    const value = match?.[2] ?? "";
    if (!DIRECTIVES.includes(name)) {
      this.directivesOpen = false;
      return;
    }
    if (this.seen.has(name)) this.refuse(`the directive "${name}" is given twice`, "Keep one of them.", this.line);
    this.seen.add(name);
    if (name !== "escape") return;
    if (value === "\\" || value === "`") this.escape = value;
    else
      this.refuse(`the escape token "${value}" is neither \\ nor \``, "Write # escape=` or leave it out.", this.line);
  }

  private readHeredocs(split: SplitLine, logical: string, startLine: number): readonly Heredoc[] {
    if (!mayHoldHeredoc(split, this.escape)) return NO_HEREDOCS;
    return heredocNames(logical).map(({ name, chomp }) => this.readHeredoc(name, chomp, startLine));
  }

  private readHeredoc(name: string, chomp: boolean, startLine: number): Heredoc {
    const start = this.position;
    while (this.position < this.text.length) {
      const lineStart = this.position;
      const line = this.nextLine();
      if ((chomp ? line.replace(/^\t+/, "") : line) === name) {
        return { name, content: this.text.slice(start, lineStart) };
      }
    }
    this.refuse(`the heredoc <<${name} does not end`, `Add a line with ${name} alone.`, startLine);
    return { name, content: this.text.slice(start) };
  }

  private refuse(message: string, remedy: string, line: number): void {
    this.problems.push({ place: { file: this.file, line }, message, remedy });
  }
}

function mayHoldHeredoc({ keyword, rest }: SplitLine, escapeToken: EscapeToken): boolean {
  if (keyword === "ONBUILD") {
    const trigger = splitLine(rest, escapeToken);
    return trigger.keyword !== "ONBUILD" && mayHoldHeredoc(trigger, escapeToken);
  }
  return ["ADD", "COPY", "RUN"].includes(keyword) && jsonArguments(rest) === undefined;
}

function heredocNames(logical: string): readonly { readonly name: string; readonly chomp: boolean }[] {
  const found: { name: string; chomp: boolean }[] = [];
  for (const word of wordsOrNone(() => splitRawWords(logical))) {
    const [, dash, written = ""] = HEREDOC.exec(word) ?? [];
    if (written === "") continue;
    const [name, ...more] = wordsOrNone(() => splitWords(written));
    if (name !== undefined && more.length === 0) found.push({ name, chomp: dash === "-" });
  }
  return found;
}

/** An unbalanced quote belongs to the shell that runs the line: there is no heredoc then. */
function wordsOrNone(split: () => readonly string[]): readonly string[] {
  try {
    return split();
  } catch {
    return [];
  }
}

/** Unlike other directives this one may follow a shebang line, and may not be indented: BuildKit looks for it by itself. */
function findSyntax(text: string): RawDockerfile["syntax"] {
  let line = 0;
  let position = 0;
  while (position < text.length) {
    const end = text.indexOf("\n", position);
    const content = text.slice(position, end < 0 ? undefined : end).replace(/\r$/, "");
    position = end < 0 ? text.length : end + 1;
    line += 1;
    if (line === 1 && content.startsWith("#!")) continue;
    const match = content.startsWith("#") ? DIRECTIVE.exec(trimStart(content.slice(1))) : null;
    const name = match?.[1]?.toLowerCase();
    if (name === undefined || !DIRECTIVES.includes(name)) return undefined;
    if (name === "syntax") return { value: match?.[2]?.split(" ")[0] ?? "", line };
  }
  return undefined;
}
