/** One line of a `.dockerignore`, compiled. */
export interface IgnoreRule {
  /** Written with `!`: what it matches is kept. */
  readonly keeps: boolean;
  /** Cleaned, without `!`. */
  readonly pattern: string;
  /** Whether it matches this very path; what lies below a matched directory is matched too (`judge`). */
  readonly matches: (path: string) => boolean;
  /** Leading segments without wildcards: nothing outside of them can match. */
  readonly prefix: string;
  /** Number of segments of a path that it can match; infinite with `**`. */
  readonly depth: number;
}

/** What the rules say of a path; handed on to judge what lies below it. */
export interface Verdict {
  readonly ignored: boolean;
  readonly matched: readonly boolean[];
}

/**
 * Reads a `.dockerignore` as moby/patternmatcher does, which BuildKit and the docker-build provider use.
 * Our own, because the packages that do this differ from it in `+`, `(` and `**`; a test compares with BuildKit.
 */
export function parseIgnore(text: string): readonly IgnoreRule[] {
  const rules: IgnoreRule[] = [];
  for (const line of text.replace(/^\ufeff/, "").split(/\r?\n/)) {
    if (line.startsWith("#")) continue;
    const trimmed = line.trim();
    const keeps = trimmed.startsWith("!");
    const written = keeps ? trimmed.slice(1).trim() : trimmed;
    if (written === "") continue;
    const cleaned = cleanPath(written);
    rules.push(compile(keeps, cleaned.length > 1 && cleaned.startsWith("/") ? cleaned.slice(1) : cleaned));
  }
  return rules;
}

/**
 * The last rule that matches a path or a directory above it decides. A rule that would not change what the ones before it
 * say is not looked at, not even for what lies below: that is how BuildKit does it. `parent` is the verdict of the
 * directory that the path lies in.
 */
export function judge(rules: readonly IgnoreRule[], path: string, parent?: Verdict): Verdict {
  let ignored = false;
  const matched = rules.map((rule, index) => {
    const matches = parent?.matched[index] === true || (rule.keeps === ignored && rule.matches(path));
    if (matches) ignored = !rule.keeps;
    return matches;
  });
  return { ignored, matched };
}

/** Whether something below an ignored directory may be kept, so that it has to be walked. */
export function mayKeepBelow(rules: readonly IgnoreRule[], directory: string): boolean {
  const depth = directory.split("/").length;
  return rules.some((rule) => {
    if (!rule.keeps || rule.depth <= depth) return false;
    const { prefix } = rule;
    return prefix === "" || `${prefix}/`.startsWith(`${directory}/`) || `${directory}/`.startsWith(`${prefix}/`);
  });
}

function compile(keeps: boolean, pattern: string): IgnoreRule {
  const segments = pattern.split("/");
  const wildcard = segments.findIndex((segment) => /[*?[\\]/.test(segment));
  const prefix = wildcard < 0 ? pattern : segments.slice(0, wildcard).join("/");
  const depth = pattern.includes("**") ? Number.POSITIVE_INFINITY : segments.length;
  return { keeps, pattern, matches: matcher(pattern, wildcard < 0), prefix, depth };
}

function matcher(pattern: string, literal: boolean): (path: string) => boolean {
  if (literal) return (path) => path === pattern;
  // `**name`, unlike `**/name`, matches every path that ends so: a quirk of patternmatcher.
  const suffix = /^\*\*([^*?[\\]*)$/.exec(pattern)?.[1];
  if (suffix !== undefined) return (path) => path.endsWith(suffix) || `/${path}` === suffix;
  try {
    const expression = new RegExp(`^${patternSource(pattern)}$`, "u");
    return (path) => expression.test(path);
  } catch {
    return () => false; // e.g. an open bracket: BuildKit refuses the file and says so.
  }
}

function patternSource(pattern: string): string {
  let source = "";
  const characters = [...pattern];
  for (let index = 0; index < characters.length; index++) {
    const character = characters[index] ?? "";
    if (character === "*" && characters[index + 1] === "*") {
      index += characters[index + 2] === "/" ? 2 : 1;
      source += index === characters.length - 1 ? ".*" : "(.*/)?";
    } else if (character === "*") source += "[^/]*";
    else if (character === "?") source += "[^/]";
    else if (character === "[" || character === "]" || character === "-" || character === "^") source += character;
    else if (character === "\\" && index + 1 < characters.length) source += escapeForRegExp(characters[++index] ?? "");
    else source += escapeForRegExp(character);
  }
  return source;
}

function escapeForRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** `filepath.Clean` of Go: `./a//b/` is `a/b`, the empty path is `.`. */
function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== ".." || !path.startsWith("/")) parts.push(part);
  }
  if (path.startsWith("/")) return `/${parts.join("/")}`;
  return parts.length === 0 ? "." : parts.join("/");
}
