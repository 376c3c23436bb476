import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

/** What the stand-in providers of one test have made, as files: each provider is a process of its own. */
export class World {
  constructor(readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  /** What is there, by `<type> <name>`. */
  resources(sdk: string): Readonly<Record<string, Existing>> {
    return this.read(`${sdk}.json`) ?? {};
  }

  put(sdk: string, identity: string, existing: Existing): void {
    this.write(`${sdk}.json`, { ...this.resources(sdk), [identity]: existing });
  }

  remove(sdk: string, identity: string): void {
    const { [identity]: _, ...rest } = this.resources(sdk);
    this.write(`${sdk}.json`, rest);
  }

  /** One line for each operation that changed something, or tried to. */
  get operations(): readonly string[] {
    const file = path.join(this.folder, "operations.txt");
    return existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  }

  record(operation: string): void {
    appendFileSync(path.join(this.folder, "operations.txt"), `${operation}\n`);
  }

  /** Forgets the operations, not what they made. */
  forget(): void {
    rmSync(path.join(this.folder, "operations.txt"), { force: true });
  }

  get faults(): Faults {
    return this.read("faults.json") ?? {};
  }

  set faults(faults: Faults) {
    this.write("faults.json", faults);
  }

  private read<T>(name: string): T | undefined {
    const file = path.join(this.folder, name);
    return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as T) : undefined;
  }

  private write(name: string, value: unknown): void {
    const file = path.join(this.folder, name);
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(value, undefined, 1));
    renameSync(`${file}.${process.pid}`, file);
  }
}

export interface Existing {
  readonly id: string;
  readonly urn: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

export interface Faults {
  /** The operation of this number (from 1, since the operations were forgotten) that creates, and all after it, fail. */
  readonly createsFailFrom?: number;
  /** Whether everything fails that is created for the first time, and can be created at the second. */
  readonly eachCreateFailsOnce?: boolean;
  /** What it says then; default: a quota that is used up, as AWS says it. */
  readonly message?: string;
  /** What a provider says when it is configured, by SDK: no credentials, another account. */
  readonly configure?: Readonly<Record<string, string>>;
}
