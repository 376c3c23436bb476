import { isSpace, isSpaceAt, trim, trimStart } from "./space.js";
import type { EscapeToken } from "./words.js";

/** One logical line taken apart, before anything is understood. */
export interface SplitLine {
  readonly keyword: string;
  /** `--name=value` with quotes and escapes removed. */
  readonly flags: readonly string[];
  readonly rest: string;
}

const NO_FLAGS: readonly string[] = [];

/** Takes a logical line apart into keyword, the `--flags` behind it, and the rest. */
export function splitLine(line: string, escapeToken: EscapeToken): SplitLine {
  const text = trim(line);
  const end = text.search(/[\t\v\f\r ]/);
  if (end < 0) return { keyword: text.toUpperCase(), flags: NO_FLAGS, rest: "" };
  const keyword = text.slice(0, end).toUpperCase();
  const args = trimStart(text.slice(end));
  if (!args.startsWith("--")) return { keyword, flags: NO_FLAGS, rest: args };
  return { keyword, ...splitFlags(args, escapeToken) };
}

/** White-space separated words, as the arguments of FROM, COPY and ADD. */
export function splitArguments(rest: string): readonly string[] {
  return rest === "" ? [] : rest.split(/[\t\v\f\r ]+/);
}

/** The strings of a JSON array; undefined where the text is none, and then it is plain words. */
export function jsonArguments(rest: string): readonly string[] | undefined {
  if (!rest.startsWith("[")) return undefined;
  try {
    const parsed: unknown = JSON.parse(rest);
    return Array.isArray(parsed) && parsed.every((item) => typeof item === "string") ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** The sources and the destination of COPY and ADD behind their flags: a JSON array, or plain words. */
export function copyArguments(rest: string): readonly string[] {
  return jsonArguments(rest) ?? splitArguments(rest);
}

/** Words separated by white space outside quotes; quotes and escapes stay, `ARG` removes them when it expands. */
export function splitQuoted(rest: string, escapeToken: EscapeToken): readonly string[] {
  const words: string[] = [];
  let word = "";
  let quote = "";
  for (let index = 0; index < rest.length; index += 1) {
    const character = rest.charAt(index);
    if (quote === "" && isSpace(character)) {
      if (word !== "") words.push(word);
      word = "";
      continue;
    }
    if (character === escapeToken && quote !== "'") {
      if (index + 1 === rest.length) break;
      index += 1;
      word += character + rest.charAt(index);
      continue;
    }
    if (quote === "" && (character === "'" || character === '"')) quote = character;
    else if (character === quote) quote = "";
    word += character;
  }
  if (word !== "") words.push(word);
  return words;
}

function splitFlags(args: string, escapeToken: EscapeToken): Pick<SplitLine, "flags" | "rest"> {
  const flags: string[] = [];
  let index = 0;
  while (args.startsWith("--", index)) {
    const { word, end } = readFlag(args, index, escapeToken);
    if (word === "--") return { flags, rest: trim(args.slice(end)) };
    flags.push(word);
    index = end;
    while (index < args.length && isSpaceAt(args, index)) index += 1;
  }
  return { flags, rest: trim(args.slice(index)) };
}

function readFlag(
  args: string,
  start: number,
  escapeToken: EscapeToken,
): { readonly word: string; readonly end: number } {
  let end = start;
  while (end < args.length && !isSpaceAt(args, end)) end += 1;
  const plain = args.slice(start, end);
  if (!/["'\\`]/.test(plain)) return { word: plain, end };
  return readQuotedFlag(args, start, escapeToken);
}

function readQuotedFlag(args: string, start: number, escapeToken: EscapeToken): ReturnType<typeof readFlag> {
  let word = "";
  let quote = "";
  let index = start;
  for (; index < args.length; index += 1) {
    const character = args.charAt(index);
    if (quote === "" && isSpace(character)) break;
    if (character === quote) quote = "";
    else if (quote === "" && (character === "'" || character === '"')) quote = character;
    else if (character === escapeToken) {
      index += 1;
      word += args.charAt(index);
    } else word += character;
  }
  return { word, end: index };
}
