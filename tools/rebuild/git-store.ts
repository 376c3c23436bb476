import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ProblemsError } from "../../domain/problems.js";
import { mergeHistories } from "../../domain/state/merge.js";
import type { ImageState } from "../../domain/state/types.js";
import { withMachineLock } from "../../provider/registry/machine-lock.js";
import { machineError } from "../machine/machine-problem.js";
import { run } from "../machine/run.js";
import { FolderStore } from "./folder-store.js";
import type { StateStore, States } from "./state-store.js";

/** Whoever loses a race tries again; somebody won it each time, so this many mean that something else is wrong. */
const RACES = 50;

const identity = ["-c", "user.name=image factory", "-c", "user.email=image-factory@localhost"];

/**
 * States on a branch of their own, which holds nothing else: linear, one commit for each update, pushed before the update
 * counts. The folder is a clone of that branch. A writer who is late takes the other's states and decides anew.
 */
export class GitStore implements StateStore {
  private readonly files: FolderStore;
  private readonly folder: string;

  /**
   * @param directory relative to the root; made where it is not there
   * @param remote address of the repository, as git takes it
   */
  constructor(
    root: string,
    directory: string,
    private readonly remote: string,
    private readonly branch: string,
  ) {
    this.files = new FolderStore(root, directory);
    this.folder = join(root, directory);
  }

  /** As they are on the branch now. */
  read(): Promise<States> {
    return this.alone(async () => {
      await this.synchronise();
      return this.files.read();
    });
  }

  update(cause: string | (() => string), change: (states: States) => readonly ImageState[]): Promise<States> {
    return this.alone(async () => {
      if (!existsSync(join(this.folder, ".git"))) await this.synchronise();
      for (let race = 0; race < RACES; race += 1) {
        const before = await this.files.read();
        const { states, files } = await this.files.write(before, change(before));
        if (files.length === 0) return states;
        await this.git("add", "--all");
        await this.git(...identity, "commit", "--quiet", "--message", typeof cause === "string" ? cause : cause());
        if (await this.push()) return states;
        await this.git("reset", "--quiet", "--hard", "FETCH_HEAD");
      }
      throw this.failure(`${RACES} pushes in a row were too late`);
    });
  }

  private alone<T>(work: () => Promise<T>): Promise<T> {
    return withMachineLock(`states of ${this.folder}`, work, undefined);
  }

  /** Brings the folder to the branch's end. What a killed process had committed and not pushed is added to it. */
  private async synchronise(): Promise<void> {
    if (!existsSync(join(this.folder, ".git"))) {
      mkdirSync(this.folder, { recursive: true });
      await this.git("init", "--quiet", "--initial-branch", this.branch);
    }
    // What was written and not committed by a process that was killed is decided again.
    if (await this.hasHead()) await this.git("reset", "--quiet", "--hard");
    await this.git("clean", "--quiet", "--force");
    if (!(await this.fetch())) return;
    const unpushed = (await this.hasHead()) && !(await this.isAncestor("HEAD", "FETCH_HEAD"));
    const own = unpushed ? await this.files.read() : new Map<string, ImageState>();
    await this.git("reset", "--quiet", "--hard", "FETCH_HEAD");
    for (let race = 0; own.size > 0 && race < RACES; race += 1) {
      const theirs = await this.files.read();
      const merged = [...own.values()].map((state) => mergedWith(theirs.get(state.image), state));
      const { files } = await this.files.write(theirs, merged);
      if (files.length === 0) return;
      await this.git("add", "--all");
      await this.git(...identity, "commit", "--quiet", "--message", "Add what a killed process had not pushed");
      if (await this.push()) return;
      await this.git("reset", "--quiet", "--hard", "FETCH_HEAD");
    }
  }

  /** @returns false where somebody else was faster; FETCH_HEAD is what he pushed */
  private async push(): Promise<boolean> {
    const pushed = await this.tryGit("push", "--quiet", this.remote, `HEAD:refs/heads/${this.branch}`);
    if (pushed.code === 0) return true;
    if ((await this.fetch()) && !(await this.isAncestor("FETCH_HEAD", "HEAD"))) return false;
    throw this.failure(pushed.stderr.trim());
  }

  /** @returns false where there is no such branch yet */
  private async fetch(): Promise<boolean> {
    const listed = await this.tryGit("ls-remote", "--heads", this.remote, `refs/heads/${this.branch}`);
    if (listed.code !== 0) throw this.failure(listed.stderr.trim());
    if (listed.stdout.trim() === "") return false;
    await this.git("fetch", "--quiet", this.remote, `refs/heads/${this.branch}`);
    return true;
  }

  private async hasHead(): Promise<boolean> {
    return (await this.tryGit("rev-parse", "--quiet", "--verify", "HEAD")).code === 0;
  }

  private async isAncestor(first: string, second: string): Promise<boolean> {
    return (await this.tryGit("merge-base", "--is-ancestor", first, second)).code === 0;
  }

  private tryGit(...args: readonly string[]) {
    // Variables of a hook that called us would lead to another repository.
    const env = { ...process.env, GIT_TERMINAL_PROMPT: "0", GIT_DIR: undefined, GIT_WORK_TREE: undefined, LC_ALL: "C" };
    return run("git", ["-C", this.folder, ...args], { env });
  }

  private async git(...args: readonly string[]): Promise<void> {
    const { code, stderr } = await this.tryGit(...args);
    if (code !== 0)
      throw this.failure(`git ${args.find((arg) => /^[a-z]/.test(arg) && !arg.includes("="))}: ${stderr.trim()}`);
  }

  private failure(found: string): ProblemsError {
    const remedy = `Check that you may push to the branch ${this.branch} of ${this.remote}, and try again: nothing is lost.`;
    return machineError(this.folder, `the states could not be kept: ${found}`, remedy);
  }
}

function mergedWith(theirs: ImageState | undefined, own: ImageState): ImageState {
  if (theirs === undefined) return own;
  const merged = mergeHistories(theirs, own);
  return JSON.stringify(merged) === JSON.stringify(theirs) ? theirs : merged;
}
