import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { machineError } from "../machine/machine-problem.js";
import { endGroup, identify, isAlive } from "../machine/processes.js";
import { endLeftovers, MARKER } from "./leftovers.js";
import { readRecord, removeRecord, type ServiceRecord, writeAtomically, writeRecord } from "./record.js";

export type ServiceName = "registry" | "buildkitd";

/** How one service is started and asked. Everything in it counts for its fingerprint. */
export interface ServiceDefinition {
  readonly name: ServiceName;
  /** `127.0.0.1:5000`, or `unix:///...`. */
  readonly address: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly config: { readonly path: string; readonly text: string };
  /** Whether it answers as it should. */
  answers(): Promise<boolean>;
  /** Makes way for a start: removes a stale socket, refuses a port that a stranger holds. */
  prepare(): Promise<void>;
}

/** buildkitd waits for its clients for ever; its databases bear a kill. */
const STOP_GRACE_MS = 5_000;
const START_LIMIT_MS = 60_000;

/** Where the files of a service are; `data` outlives a stop. */
export function dataFolder(dataDir: string, name: ServiceName): string {
  return join(dataDir, name === "buildkitd" ? "buildkit" : name);
}

export function logFile(dataDir: string, name: ServiceName): string {
  return join(dataDir, "logs", `${name}.log`);
}

/** The running service of this definition: the one that is there and well, or a new one. Returns its pid. */
export async function ensureService(dataDir: string, definition: ServiceDefinition): Promise<number> {
  const fingerprint = fingerprintOf(definition);
  const record = readRecord(dataDir, definition.name);
  if (record?.fingerprint === fingerprint && isAlive(record) && (await definition.answers())) return record.pid;
  await stopService(dataDir, definition.name);
  await definition.prepare();
  return start(dataDir, definition, fingerprint);
}

/** Stops a service, running or crashed, with all that it started. Its data stays. */
export async function stopService(dataDir: string, name: ServiceName): Promise<void> {
  const record = readRecord(dataDir, name);
  if (record !== undefined && isAlive(record)) await endGroup(record.pid, STOP_GRACE_MS);
  await endLeftovers(markerOf(dataDir, name), dataFolder(dataDir, name));
  removeRecord(dataDir, name);
}

async function start(dataDir: string, definition: ServiceDefinition, fingerprint: string): Promise<number> {
  const { name, address } = definition;
  const log = logFile(dataDir, name);
  for (const folder of [dataFolder(dataDir, name), dirname(log)]) mkdirSync(folder, { recursive: true });
  writeAtomically(definition.config.path, definition.config.text);
  // A log of its own per start, and the one before it: what an error quotes is of this start, and no log grows for ever.
  if (existsSync(log)) renameSync(log, `${log}.previous`);
  const output = openSync(log, "w");
  const child = spawn(definition.program, definition.args, {
    detached: true,
    stdio: ["ignore", output, output],
    env: { ...process.env, ...definition.env, [MARKER]: markerOf(dataDir, name) },
  });
  closeSync(output);
  let failure: Error | undefined;
  child.on("error", (error) => {
    failure = error;
  });
  child.unref();

  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity !== undefined) writeRecord(dataDir, name, { ...identity, address, fingerprint });
  const deadline = Date.now() + START_LIMIT_MS;
  while (identity !== undefined && isAlive(identity) && Date.now() < deadline) {
    if (await definition.answers()) return identity.pid;
    await delay(25);
  }
  const ended = identity === undefined || !isAlive(identity);
  await stopService(dataDir, name);
  throw startError(definition, log, failure, ended);
}

function startError(definition: ServiceDefinition, log: string, failure: Error | undefined, ended: boolean): Error {
  const tail = failure?.message ?? lastLines(log, 8);
  const what = ended
    ? `${definition.name} ended while it started`
    : `${definition.name} does not answer at ${definition.address} after ${START_LIMIT_MS / 1000} s`;
  const remedy = tail.includes("no space left on device")
    ? "The disk is full: make room there, or remove old data with `npm run clean`; then run the command again."
    : "`npm run doctor` shows what it needs; `npm run clean` removes its data where that is what is broken.";
  return machineError(log, `${what}:\n   | ${tail.split("\n").join("\n   | ")}`, remedy);
}

function lastLines(path: string, count: number): string {
  return readFileSync(path, "utf8").trimEnd().split("\n").slice(-count).join("\n");
}

function fingerprintOf({ program, args, env, config }: ServiceDefinition): string {
  return createHash("sha256")
    .update(JSON.stringify([program, args, env, config.text]))
    .digest("hex")
    .slice(0, 16);
}

function markerOf(dataDir: string, name: ServiceName): string {
  return `${name} of ${dataDir}`;
}

/** For status: what is recorded, and whether that process still runs. */
export function recordedService(
  dataDir: string,
  name: ServiceName,
): { record: ServiceRecord; alive: boolean } | undefined {
  const record = readRecord(dataDir, name);
  return record === undefined ? undefined : { record, alive: isAlive(record) };
}
