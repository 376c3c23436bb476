import { createHash } from "node:crypto";

/** Between 0 and 1, always the same for the same words, and unrelated to that of other words. */
export function chance(...words: readonly (string | number)[]): number {
  return createHash("sha256").update(words.join("\n")).digest().readUInt32BE(0) / 2 ** 32;
}

/** A digest that stands for these words. */
export function digestFor(...words: readonly (string | number)[]): string {
  return `sha256:${createHash("sha256").update(words.join("\n")).digest("hex")}`;
}
