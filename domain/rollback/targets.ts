import type { Rollback } from "./types.js";

/**
 * Digests to which an image may go back, the best first: its releases before the one that its tags mean now, the newest
 * first, each once. What was rolled back from before is left out.
 *
 * @param history digests, newest first
 */
export function targetsOf(
  history: readonly string[],
  current: string,
  rollbacks: readonly Pick<Rollback, "from">[],
): readonly string[] {
  const before = history.slice(history.indexOf(current) + 1);
  const bad = new Set([current, ...rollbacks.map(({ from }) => from)]);
  return [...new Set(before)].filter((digest) => !bad.has(digest));
}
