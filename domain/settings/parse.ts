import { z } from "zod";
import type { Checked, Problem } from "../problems.js";
import { checkWith } from "../yaml/check.js";
import type { YamlNode } from "../yaml/document.js";
import { schemaAt } from "../yaml/schema-at.js";
import { cloudProblems } from "./cloud-problems.js";
import { isLoopback } from "./loopback.js";
import type { PromotesSettings } from "./promotes.js";
import { type SettingsYaml, settingsSchema } from "./schema.js";
import { stackFile } from "./stack-file.js";
import type { Settings } from "./types.js";

/** What stands outside the configuration: the loader finds it on the machine. */
export interface SettingsDefaults {
  readonly source: string;
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
  if (checked.value !== undefined) {
    const settings = settingsOf(stack, checked.value, defaults);
    const problems = [
      ...evidenceProblems(settings, node),
      ...releaseProblems(settings, node),
      ...cloudProblems(settings, node),
    ];
    return { value: settings, problems };
  }
  return { value: undefined, problems: checked.problems.map((problem) => withCommand(problem, stack)) };
}

function settingsOf(stack: string, config: SettingsYaml, defaults: SettingsDefaults): Settings {
  const registry = config["factory:registry"];
  const stateBranch = config["factory:stateBranch"];
  const development = stack === "local";
  const source = config["factory:source"] ?? defaults.source;
  const cloud = config["factory:cloud"];
  const signingKey = config["factory:signingKey"] ?? (development ? LOCAL_KEY : "");
  const signingWorkflow = config["factory:signingWorkflow"];
  const notify = config["factory:notify"];
  const promotes = config["factory:promotes"];
  return {
    stack,
    registry,
    insecureRegistry: config["factory:insecureRegistry"] ?? isLoopback(registry),
    builder: config["factory:builder"],
    platforms: config["factory:platforms"],
    cache: config["factory:cache"],
    channel: config["factory:channel"] ?? stack,
    release: config["factory:release"],
    source,
    state: config["factory:state"],
    ...(stateBranch === undefined ? {} : { stateBranch }),
    evidence: config["factory:evidence"],
    signingKey,
    verificationKeys: config["factory:verificationKeys"] ?? publicKeyFiles(signingKey),
    builderId: config["factory:builderId"] ?? `${source}/builders/${stack}`,
    scan: config["factory:scan"],
    ...(signingWorkflow === undefined ? {} : { signingWorkflow }),
    ...(notify === undefined ? {} : { notify }),
    ...(promotes === undefined ? {} : { promotes: promotesOf(promotes, source, stack) }),
    mirrors: config["factory:mirrors"],
    allowedRegistries: config["factory:allowedRegistries"],
    development,
    with: config["factory:with"],
    only: config["factory:only"],
    ...(cloud === undefined ? {} : { cloud }),
  };
}

function promotesOf(
  config: NonNullable<SettingsYaml["factory:promotes"]>,
  source: string,
  stack: string,
): PromotesSettings {
  const { insecureRegistry = isLoopback(config.registry), verifier = `${source}/verifiers/${stack}` } = config;
  return { ...config, insecureRegistry, verifier };
}

/** The key of a local stack; it is made on first use, and git ignores it. */
export const LOCAL_KEY = ".factory/keys/cosign.key";

/** cosign writes the public key beside the private one; what a key management service holds has no file. */
function publicKeyFiles(signingKey: string): readonly string[] {
  return signingKey.endsWith(".key") ? [`${signingKey.slice(0, -".key".length)}.pub`] : [];
}

/** Other stacks than a local one name their keys, and cannot do without evidence. */
function evidenceProblems(settings: Settings, node: YamlNode | undefined): readonly Problem[] {
  const { development, evidence, signingKey, stack, verificationKeys } = settings;
  if (development) return [];
  const problem = (key: string, message: string, remedy: string): Problem => {
    const line = node?.children.get(key)?.line;
    return { place: { file: stackFile(stack), ...(line === undefined ? {} : { line }) }, message, remedy };
  };
  const found: Problem[] = [];
  if (!evidence) {
    const message =
      "factory:evidence is false, which only a local stack may say: nothing would prove what is released.";
    found.push(problem("factory:evidence", message, "Remove the line."));
  }
  if (signingKey === "") {
    const remedy = "Name the key that signs, e.g. factory:signingKey: awskms:///alias/image-factory";
    found.push(problem("factory:signingKey", "factory:signingKey is missing.", remedy));
  }
  if (verificationKeys.length === 0 && settings.cloud?.foundationOnly !== true) {
    const remedy = "Commit the public key and name its file, e.g. factory:verificationKeys: [keys/staging.pub]";
    found.push(problem("factory:verificationKeys", "factory:verificationKeys is missing.", remedy));
  }
  return found;
}

/** The channel's own tag moves with every release; it is not for somebody to ask for. */
function releaseProblems({ stack, channel, release }: Settings, node: YamlNode | undefined): readonly Problem[] {
  if (release.kind !== "manual" || release.tag !== channel) return [];
  const line = node?.children.get("factory:release")?.line;
  const place = { file: stackFile(stack), ...(line === undefined ? {} : { line }) };
  const message = `factory:release: the tag "${channel}" is reserved for the stack's channel.`;
  return [{ place, message, remedy: 'Choose another, e.g. "manual:load-test".' }];
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
