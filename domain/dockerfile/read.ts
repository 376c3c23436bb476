import type { Checked, Problem } from "../problems.js";
import { type Heredoc, NO_HEREDOCS, RawInstruction } from "./raw-instruction.js";
import { isBlank, isSpaceAt, trimStart } from "./space.js";
import { jsonArguments, type SplitLine, splitLine } from "./split.js";
import { type EscapeToken, splitRawWords, splitWords } from "./words.js";

export interface RawDockerfile {
  readonly escape: EscapeToken;
  /** `# syntax=`, its first word. */
  readonly syntax?: { readonly value: string; readonly line: number };
  readonly instructions: readonly RawInstruction[];
}

const DIRECTIVE = /^([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/;
const DIRECTIVES: readonly string[] = ["syntax", "escape", "check"];
const HEREDOC = /^\d*<<(-?)\s*([^<]*)$/;
const HASH = 0x23;
const CARRIAGE_RETURN = 0x0d;

/** Reads lines into instructions by the rules of BuildKit 0.31's own parser, which the tests hold it to. */
export function readDockerfile(written: string, file: string): Checked<RawDockerfile> {
  const text = written.startsWith("\uFEFF") ? written.slice(1) : written;
  const reader = new LineReader(text, file);
  const instructions = reader.readAll();
  const syntax = findSyntax(text);
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
  /** The physical line last read, without its line break. */
  private start = 0;
  private end = 0;
  /** The next `<<` at or behind `position` when it was looked for. */
  private heredocMark = -1;
  private directivesOpen = true;
  private readonly seen = new Set<string>();

  constructor(
    private readonly text: string,
    private readonly file: string,
  ) {}

  readAll(): readonly RawInstruction[] {
    const instructions: RawInstruction[] = [];
    this.heredocMark = this.text.indexOf("<<");
    while (this.readLine()) {
      const { line } = this;
      const start = this.firstVisible();
      if (this.directivesOpen) this.readDirective(this.text.slice(start, this.end));
      // A comment, or an empty line.
      if (start === this.end || this.text.charCodeAt(start) === HASH) continue;
      const segments = this.readSegments(start);
      const instruction = new RawInstruction(line, this.text, segments, this.escape);
      if (this.hasHeredocMark(start)) instruction.heredocs = this.readHeredocs(instruction);
      instructions.push(instruction);
    }
    return instructions;
  }

  /** Moves on by one physical line; false at the end of the text. */
  private readLine(): boolean {
    if (this.position >= this.text.length) return false;
    const newline = this.text.indexOf("\n", this.position);
    this.start = this.position;
    this.end = newline < 0 ? this.text.length : newline;
    this.position = this.end + 1;
    while (this.end > this.start && this.text.charCodeAt(this.end - 1) === CARRIAGE_RETURN) this.end -= 1;
    this.line += 1;
    return true;
  }

  private firstVisible(): number {
    let index = this.start;
    while (index < this.end && isSpaceAt(this.text, index)) index += 1;
    return index;
  }

  /** Offsets (start, end, start, end, ...) of the text that one instruction is joined from; its first line is the one last read. */
  private readSegments(start: number): readonly number[] {
    let continued = this.continuationAt(start);
    if (continued < 0) return [start, this.end];
    const segments = [start, continued];
    while (continued >= 0 && this.readLine()) {
      // Comments and empty lines between continued lines are skipped, whatever stands at their end.
      const visible = this.firstVisible();
      if (visible === this.end || this.text.charCodeAt(visible) === HASH) continue;
      continued = this.continuationAt(this.start);
      segments.push(this.start, continued < 0 ? this.end : continued);
    }
    return segments;
  }

  /** Where the escape token stands that continues the line; -1 where the line is not continued. */
  private continuationAt(start: number): number {
    let index = this.end - 1;
    while (index >= start && isBlank(this.text.charCodeAt(index))) index -= 1;
    if (index < start || this.text[index] !== this.escape) return -1;
    return index > start && this.text[index - 1] === this.escape ? -1 : index;
  }

  private hasHeredocMark(start: number): boolean {
    if (this.heredocMark >= 0 && this.heredocMark < start) this.heredocMark = this.text.indexOf("<<", start);
    return this.heredocMark >= 0 && this.heredocMark < this.end;
  }

  private readDirective(line: string): void {
    const match = line.startsWith("#") ? DIRECTIVE.exec(trimStart(line.slice(1))) : null;
    const name = match?.[1]?.toLowerCase() ?? "";
    const value = match?.[2] ?? "";
    if (!DIRECTIVES.includes(name)) {
      this.directivesOpen = false;
      return;
    }
    if (this.seen.has(name)) this.refuse(`the directive "${name}" is given twice.`, "Keep one of them.", this.line);
    this.seen.add(name);
    if (name !== "escape") return;
    if (value === "\\" || value === "`") this.escape = value;
    else
      this.refuse(`the escape token "${value}" is neither \\ nor \`.`, "Write # escape=` or leave it out.", this.line);
  }

  private readHeredocs(instruction: RawInstruction): readonly Heredoc[] {
    if (!mayHoldHeredoc(instruction, this.escape)) return NO_HEREDOCS;
    return heredocNames(instruction.text).map(({ name, chomp }) => this.readHeredoc(name, chomp, instruction.line));
  }

  private readHeredoc(name: string, chomp: boolean, startLine: number): Heredoc {
    const contentStart = this.position;
    while (this.readLine()) {
      const line = this.text.slice(this.start, this.end);
      if ((chomp ? line.replace(/^\t+/, "") : line) === name) {
        return { name, content: this.text.slice(contentStart, this.start) };
      }
    }
    this.refuse(`the heredoc <<${name} does not end.`, `Add a line with ${name} alone.`, startLine);
    return { name, content: this.text.slice(contentStart) };
  }

  private refuse(message: string, remedy: string, line: number): void {
    this.problems.push({ place: { file: this.file, line }, message, remedy });
  }
}

function mayHoldHeredoc({ keyword, rest }: Pick<SplitLine, "keyword" | "rest">, escapeToken: EscapeToken): boolean {
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

/** The value of `# syntax=`. Unlike other directives it may follow a shebang line, and may not be indented: BuildKit looks for it by itself. */
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
