/** The programs that a command needs, found on PATH or built. */
export interface Toolchain {
  /** Absolute path of a program, e.g. `buildctl`. Throws for one that was not asked for. */
  program(name: string): string;
  /** Folders to put before PATH, so that the programs find each other by name. */
  readonly pathEntries: readonly string[];
}
