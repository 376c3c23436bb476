import { createHash } from "node:crypto";
import { connect, createServer } from "node:net";
import { resolve } from "node:path";

/**
 * Runs `work` while no other process of this machine holds the lock of `path`.
 *
 * The lock is an abstract Unix socket: the kernel takes it from a holder that dies, so no kill -9 leaves a stale one,
 * and whoever waits is woken by the end of its connection. It excludes within one network namespace.
 *
 * @template T
 * @param {string} path what is protected; it need not exist
 * @param {string} purpose what the holder does, told to those who wait
 * @param {(holder: string) => void} onWait called once, with the holder's purpose and pid, when there is somebody to wait for
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, purpose, onWait, work) {
  const name = `\0image-factory-${createHash("sha256").update(resolve(path)).digest("hex").slice(0, 32)}`;
  let told = false;
  const tell = (holder) => {
    if (!told) onWait(holder);
    told = true;
  };
  let release = await tryHold(name, `${purpose} (pid ${process.pid})`);
  while (release === undefined) {
    await holderGone(name, tell);
    release = await tryHold(name, `${purpose} (pid ${process.pid})`);
  }
  try {
    return await work();
  } finally {
    await release();
  }
}

/** @returns {Promise<(() => Promise<void>) | undefined>} how to release it, or undefined where somebody else holds it */
function tryHold(name, purpose) {
  const waiting = new Set();
  const server = createServer((socket) => {
    waiting.add(socket);
    socket.on("close", () => waiting.delete(socket)).on("error", () => {});
    socket.write(purpose);
  });
  const release = () =>
    new Promise((done) => {
      server.close(done);
      for (const socket of waiting) socket.destroy();
    });
  return new Promise((held, failed) => {
    server.on("error", (error) => (error.code === "EADDRINUSE" ? held(undefined) : failed(error)));
    server.listen(name, () => held(release));
  });
}

/** Resolves when the holder released the lock or died. */
function holderGone(name, onHolder) {
  return new Promise((gone) => {
    const socket = connect(name);
    socket.on("data", (data) => onHolder(data.toString()));
    socket.on("error", () => {});
    socket.on("close", gone);
  });
}
