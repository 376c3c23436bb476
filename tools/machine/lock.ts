import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "../project.js";

interface LockModule {
  withLock<T>(path: string, purpose: string, onWait: (holder: string) => void, work: () => Promise<T>): Promise<T>;
}

/** Runs `work` while no other process of this machine holds the lock of `path`; says on stderr for whom it waits. */
export async function withLock<T>(path: string, purpose: string, work: () => Promise<T>): Promise<T> {
  // One implementation for compiled code and for the bootstrap, which runs before anything is compiled.
  const url = pathToFileURL(join(projectRoot, "tools", "bootstrap", "lock.mjs")).href;
  const module = (await import(url)) as LockModule;
  return module.withLock(path, purpose, (holder) => console.error(`waiting for another run: ${holder}`), work);
}
