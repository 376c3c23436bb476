import { Socket } from "node:net";

/**
 * Ends this process when the one that started it is gone, even by kill -9: the engine keeps the other end of a plugin's
 * standard input open for as long as it lives. Does nothing where standard input is no pipe.
 */
export function exitWithParent(): void {
  // Not fstat(0): Node 20 resolves no symbolic link any more once the last file that it looked at was a pipe.
  if (!(process.stdin instanceof Socket) || process.stdin.isTTY) return;
  process.stdin.on("end", () => process.exit(1)).on("error", () => process.exit(1));
  process.stdin.resume();
}
