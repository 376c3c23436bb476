/** A committed file whose text a program makes. */
export interface GeneratedFile {
  /** Relative to the project's root. */
  readonly path: string;
  /** The text as it has to be. */
  render(): string | Promise<string>;
}

/** `npm run check` fails where one of these differs from what is committed; `npm run fix` writes them. */
export const generatedFiles: readonly GeneratedFile[] = [];
