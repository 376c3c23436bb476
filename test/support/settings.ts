import { valueOrThrow } from "../../domain/problems.js";
import { parseSettings } from "../../domain/settings/parse.js";
import type { Settings } from "../../domain/settings/types.js";

/** Settings of a local stack without evidence, at their defaults but for `changes`. */
export function testSettings(changes: Partial<Settings> = {}): Settings {
  const config = { "factory:registry": "127.0.0.1:5000", "factory:evidence": false };
  const settings = parseSettings("local", config, { source: "https://git.example/factory" });
  return { ...valueOrThrow("the settings of a test", settings), ...changes };
}
