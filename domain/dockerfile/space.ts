/** White space as Go counts it, unlike JavaScript: the next-line control is, a byte order mark is not. */
const SPACE = /[^\S\uFEFF]|\u0085/;
const LEADING = /^(?:[^\S\uFEFF]|\u0085)+/;
const TRAILING = /(?:[^\S\uFEFF]|\u0085)+$/;

export function isSpace(character: string): boolean {
  return SPACE.test(character);
}

export function isSpaceAt(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  if (isPlain(code)) return false;
  return isBlank(code) || isSpace(text.charAt(index));
}

/** Space or tab. */
export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

export function trimStart(text: string): string {
  return isPlain(text.charCodeAt(0)) ? text : text.replace(LEADING, "");
}

export function trim(text: string): string {
  const rest = trimStart(text);
  return isPlain(rest.charCodeAt(rest.length - 1)) ? rest : rest.replace(TRAILING, "");
}

/** A visible character of ASCII: the common case, told without a regular expression. */
function isPlain(code: number): boolean {
  return code > 32 && code < 127;
}
