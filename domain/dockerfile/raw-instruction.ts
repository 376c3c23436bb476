import { type SplitLine, splitLine } from "./split.js";
import type { EscapeToken } from "./words.js";

/** Text between `<<NAME` and `NAME`; no instruction stands in it. */
export interface Heredoc {
  readonly name: string;
  /** Lines as written, each with its line break. */
  readonly content: string;
}

export const NO_HEREDOCS: readonly Heredoc[] = [];

const DASH = 0x2d;

/**
 * One instruction as BuildKit's parser sees it: comments and continuations are gone, heredocs taken out. Its text is joined
 * and split when that is asked for: of most instructions the references need no more than the keyword.
 */
export class RawInstruction implements SplitLine {
  heredocs: readonly Heredoc[] = NO_HEREDOCS;
  /** Upper case. */
  readonly keyword: string;
  /** False where the instruction certainly has no flags. */
  readonly mayHaveFlags: boolean;
  private parts: SplitLine | undefined;

  /**
   * @param line of its first character, 1-based
   * @param segments offsets in `source`: start, end, start, end, ... of what is joined
   */
  constructor(
    readonly line: number,
    private readonly source: string,
    private readonly segments: readonly number[],
    private readonly escapeToken: EscapeToken,
  ) {
    const [start = 0, end = 0] = segments;
    let index = start;
    while (index < end && !isSeparator(source.charCodeAt(index))) index += 1;
    // The rare keyword that is alone on its line, or cut in two by a continuation.
    this.keyword = index === end ? this.split().keyword : source.slice(start, index).toUpperCase();
    while (index < end && isSeparator(source.charCodeAt(index))) index += 1;
    this.mayHaveFlags = index === end || source.charCodeAt(index) === DASH;
  }

  get flags(): readonly string[] {
    return this.mayHaveFlags ? this.split().flags : [];
  }

  get rest(): string {
    return this.split().rest;
  }

  /** The whole instruction, continuations joined. */
  get text(): string {
    let text = "";
    for (let index = 0; index < this.segments.length; index += 2) {
      text += this.source.slice(this.segments[index], this.segments[index + 1]);
    }
    return text;
  }

  private split(): SplitLine {
    this.parts ??= splitLine(this.text, this.escapeToken);
    return this.parts;
  }
}

/** Tab, vertical tab, form feed, carriage return, space. */
function isSeparator(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d && code !== 0x0a);
}
