import type { Message } from "../../domain/notify/types.js";

/** One way to tell people. */
export interface Sender {
  /** How many messages it takes at once. */
  readonly batch: number;
  /** @throws NotSent after it has tried again as often as it makes sense */
  send(messages: readonly Message[], signal: AbortSignal): Promise<void>;
}

/** Why something was not told: a sentence that never holds the address, which is a secret. */
export class NotSent extends Error {
  override readonly name = "NotSent";
}

/** The value that a setting names: `env:NAME`, or itself. */
export function resolveAddress(setting: string, env: NodeJS.ProcessEnv): string {
  if (!setting.startsWith("env:")) return setting;
  const name = setting.slice("env:".length);
  const value = env[name];
  if (value === undefined || value === "") throw new NotSent(`the environment variable ${name} is not set.`);
  return value;
}
