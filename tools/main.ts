import { ProblemsError } from "../domain/problems.js";

/** Runs an entry point: problems of the input or of the machine are told without a stack; anything else is a fault of ours. */
export function main(work: () => Promise<void>): void {
  work().catch((error: unknown) => {
    const text = error instanceof ProblemsError ? error.message : error instanceof Error ? error.stack : String(error);
    console.error(text);
    process.exitCode = error instanceof ProblemsError ? 1 : 70;
  });
}
