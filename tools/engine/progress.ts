import type { ImageOutcome } from "./outcome.js";

export interface Progress {
  /** What is going on now, e.g. `building`. */
  stage(text: string): void;
  /** How far that is; shown only where it can be written over. */
  detail(text: string): void;
  /** Images that are worked on, with the time since when. */
  running(images: readonly { readonly id: string; readonly since: number }[]): void;
  finished(image: ImageOutcome): void;
  /** Bound to its object. */
  readonly line: (text: string) => void;
  close(): void;
}

/** On stderr: one live line on a terminal, a line for each finished image elsewhere. */
export function startProgress(stream: NodeJS.WriteStream, clock: () => number): Progress {
  return stream.isTTY ? new LiveProgress(stream, clock) : new PlainProgress(stream);
}

function doneLine({ id, state, seconds, digest }: ImageOutcome): string {
  return `${id} ${state}${seconds === undefined ? "" : ` in ${seconds.toFixed(1)} s`}${digest === undefined ? "" : ` ${digest}`}`;
}

class PlainProgress implements Progress {
  constructor(private readonly stream: NodeJS.WritableStream) {}

  #stage = "";

  stage(text: string): void {
    if (text !== this.#stage) this.line(text);
    this.#stage = text;
  }

  detail(): void {}

  running(): void {}

  finished(image: ImageOutcome): void {
    this.line(doneLine(image));
  }

  readonly line = (text: string): void => {
    this.stream.write(`${text}\n`);
  };

  close(): void {}
}

class LiveProgress implements Progress {
  readonly #start: number;
  readonly #timer: NodeJS.Timeout;
  #stage = "";
  #running: readonly { readonly id: string; readonly since: number }[] = [];
  #finished = 0;

  constructor(
    private readonly stream: NodeJS.WriteStream,
    private readonly clock: () => number,
  ) {
    this.#start = clock();
    this.#timer = setInterval(() => this.#draw(), 200);
  }

  stage(text: string): void {
    this.#stage = text;
  }

  detail(text: string): void {
    this.#stage = text;
  }

  running(images: readonly { readonly id: string; readonly since: number }[]): void {
    this.#running = images;
  }

  finished(image: ImageOutcome): void {
    this.#finished += 1;
    this.line(doneLine(image));
  }

  readonly line = (text: string): void => {
    this.stream.write(`\r\x1b[K${text}\n`);
    this.#draw();
  };

  close(): void {
    clearInterval(this.#timer);
    this.stream.write("\r\x1b[K");
  }

  #draw(): void {
    const now = this.clock();
    const seconds = (since: number) => `${Math.round((now - since) / 1000)} s`;
    const busy = this.#running.map(({ id, since }) => `${id} ${seconds(since)}`);
    const done = this.#finished === 0 ? "" : `, ${this.#finished} finished`;
    const text = `${seconds(this.#start)}  ${this.#stage}${done}${busy.length === 0 ? "" : `: ${busy.join(", ")}`}`;
    this.stream.write(`\r\x1b[K${text.slice(0, (this.stream.columns || 80) - 1)}`);
  }
}
