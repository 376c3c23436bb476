import { bootstrapModule } from "./bootstrap-module.js";

interface ProgressModule {
  withProgress<T>(label: string, work: () => Promise<T>): Promise<T>;
}

/** Runs `work` and says on stderr how long it takes: counting on a terminal, in plain lines elsewhere. */
export async function withProgress<T>(label: string, work: () => Promise<T>): Promise<T> {
  const module = (await bootstrapModule("progress")) as ProgressModule;
  return module.withProgress(label, work);
}
