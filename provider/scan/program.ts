import { spawn } from "node:child_process";

/** The code of a program that a signal ended: shells say so of SIGKILL. */
export const ENDED_BY_SIGNAL = 137;

export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** There is no such program on PATH. */
export class ProgramMissingError extends Error {
  override readonly name = "ProgramMissingError";

  constructor(readonly program: string) {
    super(`there is no ${program} on PATH`);
  }
}

/**
 * Runs a program of PATH to its end. Does not throw for one that fails; a program that a signal ended has code 137.
 *
 * @throws ProgramMissingError; the signal's reason when cancelled.
 */
export function runProgram(program: string, args: readonly string[], signal: AbortSignal): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], signal, killSignal: "SIGKILL" });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.on("error", (error: NodeJS.ErrnoException) => {
      if (signal.aborted) reject(signal.reason);
      else reject(error.code === "ENOENT" ? new ProgramMissingError(program) : error);
    });
    child.on("close", (code) =>
      resolve({
        code: code ?? ENDED_BY_SIGNAL,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      }),
    );
  });
}

/** A program's last words, for an error. */
export function lastLine({ stderr, stdout, code }: ProgramResult): string {
  const lines = `${stdout}\n${stderr}`.trim().split("\n");
  const [last = ""] = lines.slice(-1);
  return last === "" ? `it said nothing and ended with code ${code}` : last.slice(0, 500);
}
