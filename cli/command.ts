import type { Command } from "commander";

/** One command of `factory`: a file below `commands/` exports one, and `factory.ts` registers it. */
export type RegisterCommand = (program: Command) => void;
