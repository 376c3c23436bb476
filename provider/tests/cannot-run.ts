import type { BuildError } from "./buildx.js";

/** Exit codes of a process that an illegal instruction, an abort, a bus error or a segmentation fault ended. */
const crashes = [132, 134, 135, 139];

/**
 * Why a builder cannot run a platform's programs at all, or undefined where a build failed for another reason. Our program
 * ends with 0 whatever the tests say, so a crash of it is the emulator's.
 */
export function cannotRun({ message, output }: BuildError): string | undefined {
  if (!/image-test\b.*\brun\b/.test(message) && !/exec format error/i.test(output)) return undefined;
  if (/exec format error/i.test(output)) return "the builder cannot run programs of this platform (exec format error)";
  const code = Number(/exit code: (\d+)/.exec(message)?.[1]);
  return crashes.includes(code) ? `the builder's emulator crashes on this platform (exit code ${code})` : undefined;
}
