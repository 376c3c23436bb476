import type { WriteStream } from "node:tty";

/** One line that is written over: for people at a terminal. Elsewhere (a log) nothing is shown. */
export interface ProgressLine {
  show(text: string): void;
  clear(): void;
}

export function progressLine(stream: Pick<WriteStream, "write" | "isTTY" | "columns">): ProgressLine {
  if (!stream.isTTY) return { show() {}, clear() {} };
  const erase = "\r\u001b[K";
  return {
    show: (text) => void stream.write(erase + text.slice(0, Math.max(20, stream.columns - 1))),
    clear: () => void stream.write(erase),
  };
}
