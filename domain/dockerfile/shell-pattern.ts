import { WordError } from "./word-error.js";

/** Without what the pattern matches at the front. */
export function trimPrefix(value: string, pattern: string, longest: boolean): string {
  const match = new RegExp(`^${patternSource(pattern, longest)}`, "u").exec(value);
  return match === null ? value : value.slice(match[0].length);
}

/** Without what the pattern matches at the end. */
export function trimSuffix(value: string, pattern: string, longest: boolean): string {
  // Reversed and trimmed at the front, because a regular expression cannot look for the shortest match at the end.
  const units = pattern.match(/\\.|./gsu) ?? [];
  const rest = trimPrefix([...value].reverse().join(""), units.reverse().join(""), longest);
  return [...rest].reverse().join("");
}

/** With the first match of the pattern, or all, replaced. */
export function replacePattern(value: string, pattern: string, replacement: string, all: boolean): string {
  return value.replace(new RegExp(patternSource(pattern, true), all ? "gu" : "u"), () => replacement);
}

/** A shell pattern (`*`, `?`, `\`) as the source of a regular expression; no bracket expressions, as in BuildKit. */
function patternSource(pattern: string, longest: boolean): string {
  let source = "";
  for (let index = 0; index < pattern.length; index += 1) {
    let character = pattern.charAt(index);
    if (character === "*") source += longest ? ".*" : ".*?";
    else if (character === "?") source += ".";
    else if (character === "\\") {
      index += 1;
      character = pattern.charAt(index);
      // `}` and `/` are escaped for the substitution's sake only; the escape is no part of the pattern.
      if (character !== "" && !"*?\\}/".includes(character)) throw new WordError(`invalid escape '\\${character}'`);
      source += escapeForRegExp(character);
    } else source += escapeForRegExp(character);
  }
  return source;
}

function escapeForRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
