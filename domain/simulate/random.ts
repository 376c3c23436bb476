import { hash } from "node:crypto";

/** Between 0 and 1, always the same for the same words, and unrelated to that of other words. */
export function chance(...words: readonly (string | number)[]): number {
  return Number.parseInt(hash("sha256", words.join("\n")).slice(0, 8), 16) / 2 ** 32;
}

/** A digest that stands for these words. */
export function digestFor(...words: readonly (string | number)[]): string {
  return `sha256:${hash("sha256", words.join("\n"))}`;
}
