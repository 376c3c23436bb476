/** What BuildKit's plain progress output says of the step that failed. */
export interface FailedStep {
  /** The instruction as BuildKit shows it, e.g. `RUN ["node", "build.js"]`. */
  readonly instruction: string;
  /** The last lines that the step wrote. */
  readonly output: readonly string[];
}

const KEPT_LINES = 20;

interface Step {
  title: string;
  readonly output: string[];
}

/** Reads the progress of one build, line by line: `#7 [linux/amd64 build 3/4] RUN make`, `#7 0.131 text`, `#7 ERROR: ...`. */
export class BuildLog {
  readonly #steps = new Map<string, Step>();
  #failed: Step | undefined;

  take(line: string): void {
    const [, number, rest] = /^#(\d+) (.*)$/.exec(line.trimEnd()) ?? [];
    if (number === undefined || rest === undefined) return;
    const step = this.#steps.get(number) ?? { title: "", output: [] };
    this.#steps.set(number, step);
    const text = /^\d+\.\d+ (.*)$/.exec(rest)?.[1];
    if (text !== undefined) step.output.push(text);
    else if (rest.startsWith("ERROR")) this.#failed = step;
    else if (rest.startsWith("[")) step.title = rest;
    if (step.output.length > KEPT_LINES) step.output.shift();
  }

  get failed(): FailedStep | undefined {
    if (this.#failed === undefined) return undefined;
    const { output, title } = this.#failed;
    return { instruction: title.replace(/^\[[^\]]*\] /, ""), output };
  }
}
