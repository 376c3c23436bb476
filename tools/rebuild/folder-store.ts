import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Problem, ProblemsError } from "../../domain/problems.js";
import { writeState } from "../../domain/state/load.js";
import { parseState } from "../../domain/state/parse.js";
import type { ImageState } from "../../domain/state/types.js";
import { withMachineLock } from "../../provider/registry/machine-lock.js";
import type { StateStore, States } from "./state-store.js";

interface Read {
  /** Changes whenever the file is replaced, as all who write states do. */
  readonly version: string;
  readonly state: ImageState | undefined;
  readonly problems: readonly Problem[];
}

/** States as files of a folder. Files that have not changed are not read again: an event must not cost a thousand of them. */
export class FolderStore implements StateStore {
  private readonly files = new Map<string, Read>();

  /** @param directory relative to the root */
  constructor(
    private readonly root: string,
    private readonly directory: string,
  ) {}

  async read(): Promise<States> {
    const names = await this.list();
    for (const name of this.files.keys()) if (!names.includes(name)) this.files.delete(name);
    await Promise.all(names.map((name) => this.readFile(name)));
    const found = names.flatMap((name) => this.files.get(name) ?? []);
    const problems = found.flatMap((file) => file.problems);
    if (problems.length > 0) throw new ProblemsError("the states", problems);
    return new Map(found.flatMap(({ state }) => (state === undefined ? [] : [[state.image, state] as const])));
  }

  update(_cause: string | (() => string), change: (states: States) => readonly ImageState[]): Promise<States> {
    return withMachineLock(
      `states of ${join(this.root, this.directory)}`,
      async () => {
        const states = await this.read();
        return (await this.write(states, change(states))).states;
      },
      undefined,
    );
  }

  /** @returns the states after it, and the files that are others now, relative to the root */
  async write(states: States, changed: readonly ImageState[]): Promise<{ states: States; files: readonly string[] }> {
    const next = new Map(states);
    const files: string[] = [];
    for (const state of changed) {
      if (states.get(state.image) === state) continue;
      files.push(await writeState(this.root, this.directory, state));
      next.set(state.image, state);
    }
    return { states: next, files };
  }

  private async readFile(name: string): Promise<void> {
    const path = join(this.root, this.directory, name);
    const { ino, mtimeNs, size } = await stat(path, { bigint: true });
    const version = `${ino} ${mtimeNs} ${size}`;
    if (this.files.get(name)?.version === version) return;
    const { value: state, problems } = parseState(`${this.directory}/${name}`, await readFile(path, "utf8"));
    this.files.set(name, { version, state, problems });
  }

  private async list(): Promise<readonly string[]> {
    try {
      return (await readdir(join(this.root, this.directory))).filter((name) => name.endsWith(".yaml")).sort();
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
      throw error;
    }
  }
}
