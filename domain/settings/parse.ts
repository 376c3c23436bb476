import { z } from "zod";
import type { Checked, Problem } from "../problems.js";
import { checkWith } from "../yaml/check.js";
import type { YamlNode } from "../yaml/document.js";
import { schemaAt } from "../yaml/schema-at.js";
import { type SettingsYaml, settingsSchema } from "./schema.js";
import type { Settings } from "./types.js";

/** What stands outside the configuration: the loader finds it on the machine. */
export interface SettingsDefaults {
  readonly source: string;
}

/** `Pulumi.local.yaml`. */
export function stackFile(stack: string): string {
  return `Pulumi.${stack}.yaml`;
}

/**
 * The settings in a stack's configuration. `config` maps full keys (`factory:registry`) to values; what is not text may
 * come as JSON text, as Pulumi hands it to programs. Other namespaces are left alone. `node` is the same mapping in the
 * stack file, for the lines of problems.
 */
export function parseSettings(
  stack: string,
  config: Readonly<Record<string, unknown>>,
  defaults: SettingsDefaults,
  node?: YamlNode,
): Checked<Settings | undefined> {
  const own = Object.entries(config).filter(([key]) => key.startsWith("factory:"));
  const value = Object.fromEntries(own.map(([key, found]) => [key, plainValue(key, found)]));
  const document = { file: stackFile(stack), value, ...(node === undefined ? {} : { root: node }) };
  const checked = checkWith(settingsSchema, document);
  if (checked.value !== undefined) return { value: settingsOf(stack, checked.value, defaults), problems: [] };
  return { value: undefined, problems: checked.problems.map((problem) => withCommand(problem, stack)) };
}

function settingsOf(stack: string, config: SettingsYaml, defaults: SettingsDefaults): Settings {
  const registry = config["factory:registry"];
  return {
    stack,
    registry,
    insecureRegistry: config["factory:insecureRegistry"] ?? isLoopback(registry),
    builder: config["factory:builder"],
    platforms: config["factory:platforms"],
    cache: config["factory:cache"],
    channel: config["factory:channel"] ?? stack,
    source: config["factory:source"] ?? defaults.source,
    state: config["factory:state"],
    allowedRegistries: config["factory:allowedRegistries"],
    development: stack === "local",
    with: config["factory:with"],
    only: config["factory:only"],
  };
}

/** Whether a registry is on this machine: `localhost`, 127.0.0.0/8 or ::1. */
export function isLoopback(registry: string): boolean {
  const [authority = ""] = registry.split("/");
  const host = authority.replace(/:\d+$/, "");
  return host === "localhost" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Pulumi hands lists and booleans to programs as JSON text. */
function plainValue(key: string, found: unknown): unknown {
  if (typeof found !== "string" || schemaAt(settingsSchema, [key]) instanceof z.ZodString) return found;
  try {
    return JSON.parse(found);
  } catch {
    return found;
  }
}

/** A missing setting is best set by a command. */
function withCommand(problem: Problem, stack: string): Problem {
  const missing = /^(factory:\w+) is missing\.$/.exec(problem.message)?.[1];
  if (missing === undefined) return problem;
  return {
    ...problem,
    remedy: `Run \`npm run -s pulumi -- config set --stack ${stack} ${missing} VALUE\`. ${problem.remedy}`,
  };
}
