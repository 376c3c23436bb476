import type { GateFailure } from "../evidence/types.js";
import { largest } from "./layers.js";
import type { ContentSize, PlatformSize } from "./types.js";

/**
 * What is larger than its budget, with what it is that is large.
 *
 * @param budget compressed bytes that each platform may have
 * @param contents what is in the platform's largest layers, as far as that is known
 */
export function judgeSize(
  { platform, size, layers }: PlatformSize,
  budget: number,
  contents: readonly ContentSize[] = [],
): readonly GateFailure[] {
  if (size <= budget) return [];
  const heavy = largest(layers, 3).map(({ digest, size: bytes, instruction }) => {
    return `${megabytes(bytes)} by ${instruction === "" ? digest : shorten(instruction)}`;
  });
  const packages = largest(contents, 5).map(({ name, size: bytes }) => `${name} ${megabytes(bytes)}`);
  const inside = packages.length === 0 ? "" : ` Largest in them, unpacked: ${packages.join(", ")}.`;
  const over = `${megabytes(size)} compressed, ${megabytes(size - budget)} over its budget of ${megabytes(budget)}`;
  return [
    {
      gate: "size",
      platform,
      finding: `the image has ${over}. Largest layers: ${heavy.join("; ")}.${inside}`,
      remedy: "Leave out what it does not need, or raise `sizeBudget` in image.yaml.",
    },
  ];
}

/** `24.1 MB`, or bytes where that would be zero. */
export function megabytes(bytes: number): string {
  return Math.abs(bytes) < 50_000 ? `${bytes} B` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** An instruction as messages quote it. */
export function shorten(instruction: string): string {
  return instruction.length <= 100 ? `\`${instruction}\`` : `\`${instruction.slice(0, 97)}...\``;
}
