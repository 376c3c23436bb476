/** Orders Debian versions as dpkg does: negative where `a` is older, 0 where they are equal, positive where it is newer. */
export function compareDebianVersions(a: string, b: string): number {
  const left = split(a);
  const right = split(b);
  return (
    left.epoch - right.epoch ||
    compareParts(left.upstream, right.upstream) ||
    compareParts(left.revision, right.revision)
  );
}

function split(version: string): { readonly epoch: number; readonly upstream: string; readonly revision: string } {
  const colon = version.indexOf(":");
  const rest = version.slice(colon + 1);
  const dash = rest.lastIndexOf("-");
  return {
    epoch: colon < 0 ? 0 : Number(version.slice(0, colon)),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? "" : rest.slice(dash + 1),
  };
}

/** Alternately a run without digits, letter by letter, and a number. */
function compareParts(a: string, b: string): number {
  const left = runs(a);
  const right = runs(b);
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const x = left[index] ?? "";
    const y = right[index] ?? "";
    const order = index % 2 === 0 ? compareTexts(x, y) : compareNumbers(x, y);
    if (order !== 0) return order;
  }
  return 0;
}

/** Texts at even places, numbers at odd ones: a part that starts with a digit has an empty text before it. */
function runs(part: string): readonly string[] {
  const found: readonly string[] = part.match(/\d+|\D+/g) ?? [];
  return /^\d/.test(part) ? ["", ...found] : found;
}

function compareNumbers(a: string, b: string): number {
  const left = BigInt(a === "" ? 0 : a);
  const right = BigInt(b === "" ? 0 : b);
  return left < right ? -1 : left > right ? 1 : 0;
}

function compareTexts(a: string, b: string): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const order = weight(a[index]) - weight(b[index]);
    if (order !== 0) return order;
  }
  return 0;
}

/** `~` sorts before the end of the text, letters before all other signs. */
function weight(sign: string | undefined): number {
  if (sign === "~") return -1;
  if (sign === undefined) return 0;
  return /[A-Za-z]/.test(sign) ? sign.charCodeAt(0) : sign.charCodeAt(0) + 256;
}
