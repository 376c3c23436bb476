import { bootstrapModule } from "./bootstrap-module.js";

interface LockModule {
  withLock<T>(path: string, purpose: string, onWait: (holder: string) => void, work: () => Promise<T>): Promise<T>;
}

/** Runs `work` while no other process of this machine holds the lock of `path`; says on stderr for whom it waits. */
export async function withLock<T>(path: string, purpose: string, work: () => Promise<T>): Promise<T> {
  const module = (await bootstrapModule("lock")) as LockModule;
  return module.withLock(path, purpose, (holder) => console.error(`waiting for another run: ${holder}`), work);
}
