import { createHash } from "node:crypto";
import { connect, createServer } from "node:net";

/**
 * Runs `work` while nobody else on this machine, in this process or another, holds the lock of `name`. The lock is an
 * abstract Unix socket: the kernel takes it from a holder that dies, and who waits is woken by the end of its connection.
 */
export async function withMachineLock<T>(
  name: string,
  work: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const address = `\0image-factory-lock-${createHash("sha256").update(name).digest("hex").slice(0, 32)}`;
  let release = await tryHold(address);
  while (release === undefined) {
    signal?.throwIfAborted();
    await holderGone(address, signal);
    release = await tryHold(address);
  }
  try {
    signal?.throwIfAborted();
    return await work();
  } finally {
    release();
  }
}

/** @returns how to release it, or undefined where somebody else holds it */
function tryHold(address: string): Promise<(() => void) | undefined> {
  const server = createServer();
  const waiting = new Set<{ destroy(): void }>();
  server.on("connection", (socket) => waiting.add(socket.on("error", () => {})));
  const release = () => {
    server.close();
    for (const socket of waiting) socket.destroy();
  };
  return new Promise((held, failed) => {
    server.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? held(undefined) : failed(error),
    );
    server.listen(address, () => held(release));
  });
}

/** Resolves when the holder released the lock or died, or when the signal says so. */
function holderGone(address: string, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((gone) => {
    const socket = connect(address);
    const stop = () => socket.destroy();
    signal?.addEventListener("abort", stop);
    socket.on("error", () => {});
    socket.on("close", () => {
      signal?.removeEventListener("abort", stop);
      gone();
    });
  });
}
