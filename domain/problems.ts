/** Where a problem stands: a file relative to the project's root, and its line (1-based) where one is known. */
export interface Place {
  readonly file: string;
  readonly line?: number;
}

/** One thing that a person has to change: what was found and what is allowed (`message`), and what to do next (`remedy`). */
export interface Problem {
  readonly place: Place;
  readonly message: string;
  readonly remedy: string;
  /** Id of the policy rule that found it, e.g. `non-root`. */
  readonly rule?: string;
}

export function formatPlace(place: Place): string {
  return place.line === undefined ? place.file : `${place.file}:${place.line}`;
}

/** All problems of `subject` as one text: a count, then a line for each with its remedy below. */
export function formatProblems(subject: string, problems: readonly Problem[]): string {
  const lines = [`${problems.length} ${problems.length === 1 ? "problem" : "problems"} in ${subject}`];
  for (const { place, message, remedy, rule } of problems) {
    lines.push(` - ${formatPlace(place)}: ${message}${rule === undefined ? "" : ` [${rule}]`}`, `   ${remedy}`);
  }
  return lines.join("\n");
}

/** Thrown once, with every problem found, by whatever stands at the end of a validation. */
export class ProblemsError extends Error {
  override readonly name = "ProblemsError";

  constructor(
    readonly subject: string,
    readonly problems: readonly Problem[],
  ) {
    super(formatProblems(subject, problems));
  }
}

/** The value of a stage together with what is wrong with its input; `value` holds whatever could be understood. */
export interface Checked<T> {
  readonly value: T;
  readonly problems: readonly Problem[];
}

/** The value, or one error that lists everything. A stage that could not make a value says why in its problems. */
export function valueOrThrow<T>(subject: string, { value, problems }: Checked<T>): NonNullable<T> {
  if (problems.length > 0 || value === undefined || value === null) throw new ProblemsError(subject, problems);
  return value;
}
