import { replacePattern, trimPrefix, trimSuffix } from "./shell-pattern.js";
import { isSpace } from "./space.js";
import { WordError } from "./word-error.js";

/** The value of a variable, or undefined where it is not set. */
export type Lookup = (name: string) => string | undefined;

/** `\` or a backtick: what quotes the next character and continues a line. */
export type EscapeToken = "\\" | "`";

/**
 * Substitutes variables and removes quotes, as BuildKit does for `FROM`, `--platform` and `ARG` defaults:
 * `$X`, `${X}`, `${X:-w}`, `${X-w}`, `${X:+w}`, `${X+w}`, `${X:?w}`, `${X?w}`, `${X#p}`, `${X##p}`, `${X%p}`, `${X%%p}`,
 * `${X/p/r}`, `${X//p/r}`.
 */
export function expandWord(word: string, lookup: Lookup, escapeToken: EscapeToken): string {
  if (!/["'$\\`<]/.test(word)) return word;
  return new WordReader(word, { escape: escapeToken, lookup }).read().result;
}

/** Splits at white space outside quotes; variables, quotes and escapes stay as written. */
export function splitRawWords(text: string): readonly string[] {
  return new WordReader(text, { escape: "\\", rawQuotes: true, rawEscapes: true }).read().words;
}

/** Splits at white space outside quotes and removes the quotes; variables stay as written. */
export function splitWords(text: string): readonly string[] {
  return new WordReader(text, { escape: "\\" }).read().words;
}

interface Options {
  readonly escape: EscapeToken;
  /** Without it every variable stays as written. */
  readonly lookup?: Lookup;
  readonly rawQuotes?: boolean;
  readonly rawEscapes?: boolean;
}

interface Words {
  readonly result: string;
  readonly words: readonly string[];
}

const LETTER = /[\p{L}_]/u;
const DIGIT = /\p{Nd}/u;

class WordReader {
  private position = 0;
  /** The word being built. Nested substitutions share it with the outer level, as they do in BuildKit. */
  private pending = "";
  private rawEscapes: boolean;

  constructor(
    private readonly source: string,
    private readonly options: Options,
  ) {
    this.rawEscapes = options.rawEscapes ?? false;
  }

  read(): Words {
    return this.readUntil(undefined, this.rawEscapes);
  }

  private peek(): string {
    return this.source.charAt(this.position);
  }

  /** The next character; the empty string at the end. */
  private next(): string {
    const character = this.peek();
    this.position += 1;
    return character;
  }

  private atEnd(): boolean {
    return this.position >= this.source.length;
  }

  private readUntil(stop: string | undefined, rawEscapes: boolean): Words {
    const outerRawEscapes = this.rawEscapes;
    this.rawEscapes = rawEscapes;
    try {
      return this.readWords(stop);
    } finally {
      this.rawEscapes = outerRawEscapes;
    }
  }

  private readWords(stop: string | undefined): Words {
    let result = "";
    const words: string[] = [];
    this.pending = "";
    let inWord = false;
    const flush = () => {
      if (this.pending !== "") words.push(this.pending);
      this.pending = "";
      inWord = false;
    };
    const addRaw = (text: string) => {
      this.pending += text;
      inWord = true;
    };
    const add = (text: string) => {
      for (const character of text) {
        if (!isSpace(character)) addRaw(character);
        else if (inWord && this.pending !== "") flush();
      }
    };
    while (!this.atEnd()) {
      const character = this.peek();
      if (character === stop) {
        this.next();
        flush();
        return { result, words };
      }
      if (character === "$") {
        const value = this.readVariable();
        result += value;
        add(value);
      } else if (character === "'" || character === '"' || character === "<") {
        const value = this.readSpecial(character);
        result += value;
        addRaw(value);
      } else if (character === this.options.escape) {
        this.next();
        if (this.rawEscapes) {
          addRaw(character);
          result += character;
        }
        if (this.atEnd()) break;
        const escaped = this.next();
        addRaw(escaped);
        result += escaped;
      } else {
        this.next();
        add(character);
        result += character;
      }
    }
    if (stop !== undefined) throw new WordError(`unexpected end of statement while looking for matching ${stop}`);
    flush();
    return { result, words };
  }

  private readSpecial(character: "'" | '"' | "<"): string {
    if (character === "'") return this.readSingleQuoted();
    return character === '"' ? this.readDoubleQuoted() : this.readAngle();
  }

  private readSingleQuoted(): string {
    const end = this.source.indexOf("'", this.position + 1);
    if (end < 0) throw new WordError("unexpected end of statement while looking for matching single-quote");
    const quoted = this.source.slice(this.position + 1, end);
    this.position = end + 1;
    return this.options.rawQuotes ? `'${quoted}'` : quoted;
  }

  private readDoubleQuoted(): string {
    this.next();
    const quote = this.options.rawQuotes ? '"' : "";
    let result = quote;
    while (!this.atEnd()) {
      if (this.peek() === "$") {
        result += this.readVariable();
        continue;
      }
      const character = this.next();
      if (character === '"') return result + quote;
      if (character !== this.options.escape) {
        result += character;
        continue;
      }
      if (this.rawEscapes) result += character;
      if (this.atEnd()) break;
      const escapable = ['"', "$", this.options.escape].includes(this.peek());
      result += escapable ? this.next() : character;
    }
    throw new WordError("unexpected end of statement while looking for matching double-quote");
  }

  /** `<<` swallows the white space behind it, so that the name of a heredoc stays in one word with it. */
  private readAngle(): string {
    this.next();
    if (this.peek() !== "<") return "<";
    this.next();
    let result = "<<";
    while (/[\t\r ]/.test(this.peek())) result += this.next();
    return result;
  }

  private readVariable(): string {
    this.next();
    if (this.peek() !== "{") {
      const name = this.readName();
      if (name === "") return "$";
      return this.value(name) ?? (this.options.lookup === undefined ? `$${name}` : "");
    }
    this.next();
    if (this.atEnd()) throw new WordError("syntax error: missing '}'");
    if (["{", "}", ":"].includes(this.peek())) throw new WordError("syntax error: bad substitution");
    const name = this.readName();
    const modifier = this.next();
    if (modifier === "}") return this.value(name) ?? (this.options.lookup === undefined ? `\${${name}}` : "");
    if (modifier === "/") return this.readReplacement(name);
    return this.readModified(name, modifier);
  }

  private readModified(name: string, first: string): string {
    const emptyCounts = first === ":";
    const operator = emptyCounts ? this.next() : first;
    const modifier = emptyCounts ? `:${operator}` : operator;
    const isPattern = operator === "#" || operator === "%";
    if (!["+", "-", "?", "#", "%"].includes(operator) || (emptyCounts && isPattern)) {
      throw new WordError(`unsupported modifier (${modifier}) in substitution`);
    }
    const word = this.readOperand("}", isPattern);
    if (this.options.lookup === undefined) return `\${${name}${modifier}${word}}`;
    const value = this.value(name);
    const missing = value === undefined || (emptyCounts && value === "");
    switch (operator) {
      case "-":
        return missing ? word : value;
      case "+":
        return missing ? "" : word;
      case "?":
        if (!missing) return value;
        throw new WordError(`${name}: ${word || `is not allowed to be ${value === undefined ? "unset" : "empty"}`}`);
    }
    const longest = word.startsWith(operator);
    const pattern = longest ? word.slice(1) : word;
    return operator === "#" ? trimPrefix(value ?? "", pattern, longest) : trimSuffix(value ?? "", pattern, longest);
  }

  private readReplacement(name: string): string {
    const all = this.peek() === "/";
    if (all) this.next();
    const pattern = this.readOperand("/", true);
    const replacement = this.readOperand("}", true);
    if (this.options.lookup === undefined) return `\${${name}/${pattern}/${replacement}}`;
    return replacePattern(this.value(name) ?? "", pattern, replacement, all);
  }

  private readOperand(stop: "}" | "/", rawEscapes: boolean): string {
    try {
      return this.readUntil(stop, rawEscapes).result;
    } catch (error) {
      if (error instanceof WordError && this.atEnd()) throw new WordError(`syntax error: missing '${stop}'`);
      throw error;
    }
  }

  private readName(): string {
    const first = this.peek();
    if (DIGIT.test(first)) return this.readWhile((character) => DIGIT.test(character));
    if (first !== "" && "@*#?-$!".includes(first)) return this.next();
    return this.readWhile((character) => LETTER.test(character) || DIGIT.test(character));
  }

  private readWhile(accepts: (character: string) => boolean): string {
    const start = this.position;
    while (!this.atEnd() && accepts(this.peek())) this.position += 1;
    return this.source.slice(start, this.position);
  }

  private value(name: string): string | undefined {
    return this.options.lookup?.(name);
  }
}
