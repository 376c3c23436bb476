import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";

/** What the next command has to know about a service that this one started. */
export interface ServiceRecord {
  readonly pid: number;
  /** As in ProcessIdentity: tells the service from a stranger that got its number later. */
  readonly started: string;
  /** `127.0.0.1:5000`, or `unix:///...`. */
  readonly address: string;
  /** Hash of program and configuration: a service that runs with others is restarted. */
  readonly fingerprint: string;
}

const schema = z.strictObject({
  pid: z.int().positive(),
  started: z.string(),
  address: z.string(),
  fingerprint: z.string(),
});

/** A record as written; undefined for anything else: a file cut short by a full disk is as good as none. */
export function parseRecord(text: string): ServiceRecord | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export function readRecord(dataDir: string, service: string): ServiceRecord | undefined {
  try {
    return parseRecord(readFileSync(recordFile(dataDir, service), "utf8"));
  } catch {
    return undefined;
  }
}

export function writeRecord(dataDir: string, service: string, record: ServiceRecord): void {
  writeAtomically(recordFile(dataDir, service), `${JSON.stringify(record, null, 2)}\n`);
}

export function removeRecord(dataDir: string, service: string): void {
  rmSync(recordFile(dataDir, service), { force: true });
}

/** Replaces a file so that no reader ever sees half of it. */
export function writeAtomically(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}

function recordFile(dataDir: string, service: string): string {
  return join(dataDir, "run", `${service}.json`);
}
