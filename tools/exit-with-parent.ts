import { fstatSync } from "node:fs";

/**
 * Ends this process when the one that started it is gone, even by kill -9: the engine keeps the other end of a plugin's
 * standard input open for as long as it lives.
 */
export function exitWithParent(): void {
  if (!fstatSync(0).isFIFO() && !fstatSync(0).isSocket()) return;
  process.stdin.on("end", () => process.exit(0)).on("error", () => process.exit(0));
  process.stdin.resume();
}
