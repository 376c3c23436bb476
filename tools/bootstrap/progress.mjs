/**
 * Runs `work` and says on stderr how long it takes: one line that counts seconds on a terminal, plain lines elsewhere.
 *
 * @template T
 * @param {string} label
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withProgress(label, work) {
  const out = process.stderr;
  const live = out.isTTY && process.env.CI === undefined;
  const start = Date.now();
  const line = (end = "") => progressLine(label, Math.round((Date.now() - start) / 1000), end);
  const timer = live ? setInterval(() => out.write(`\r${line()}`), 1000) : undefined;
  out.write(live ? line() : `${label} ...\n`);
  let end = " failed";
  try {
    const result = await work();
    end = "";
    return result;
  } finally {
    clearInterval(timer);
    out.write(`${live ? "\r" : ""}${line(end)}\n`);
  }
}

/** @type {(label: string, seconds: number, end: string) => string} */
export function progressLine(label, seconds, end) {
  return `${label} ... ${seconds} s${end}`;
}
