import { execFile, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { ancestors, isDocument, NO_REVISION, type Revisions } from "./revisions.js";
import type { Revision } from "./types.js";

const run = promisify(execFile);
const OPTIONS = ["-c", "core.quotePath=false", "-c", "log.showSignature=false", "-c", "core.fsmonitor=false"];

/**
 * For each folder (relative to the root) the last commit that touched it, its time, and whether its files differ from it:
 * once for all its files, and once without its documents. One walk of the history and one status for all of them. Without
 * git, or for a folder that was never committed: `NO_REVISION`.
 */
export async function loadRevisions(root: string, directories: readonly string[]): Promise<Revisions> {
  const wanted = [...new Set(directories)].sort();
  const unknown = new Map(wanted.map((directory) => [directory, NO_REVISION]));
  const head = await git(root, ["rev-parse", "--show-prefix", "--git-path", "shallow", "--verify", "HEAD"]);
  if (head === undefined || wanted.length === 0) return { byDirectory: unknown, cutOff: [], ignored: new Set() };
  const [prefix = "", shallowFile = ""] = head.split("\n");
  const [commits, { dirty, ignored }, boundary] = await Promise.all([
    lastCommits(root, wanted, prefix),
    workingTree(root, wanted, prefix),
    readBoundary(resolve(root, shallowFile)),
  ]);
  const revision = (subject: string): Revision => {
    const commit = commits.get(subject);
    return commit === undefined ? NO_REVISION : { ...commit, dirty: dirty.has(subject) };
  };
  const withDocuments = new Map<string, Revision>();
  for (const directory of wanted) {
    const [own, all] = [revision(directory), revision(withDocumentsOf(directory))];
    if (own.commit !== all.commit || own.dirty !== all.dirty) withDocuments.set(directory, all);
  }
  return {
    byDirectory: new Map(wanted.map((directory) => [directory, revision(directory)])),
    ...(withDocuments.size === 0 ? {} : { withDocuments }),
    cutOff: wanted.filter((directory) => boundary.has(commits.get(directory)?.commit ?? "")),
    ignored,
  };
}

/** A folder without its documents goes by its path; this is what it goes by with them, and no path of git. */
function withDocumentsOf(directory: string): string {
  return `${directory}/`;
}

/** What a change of a file is a change of: the folders that it lies in, and those of which it is no document. */
function* subjectsOf(path: string, wanted: ReadonlySet<string>): Generator<string> {
  for (const directory of ancestors(path)) {
    if (!wanted.has(directory)) continue;
    yield withDocumentsOf(directory);
    if (!isDocument(path.slice(directory.length + 1))) yield directory;
  }
}

/** The commits at which a shallow clone ends; git keeps them in a file that a whole clone does not have. */
async function readBoundary(file: string): Promise<ReadonlySet<string>> {
  try {
    return new Set((await readFile(file, "utf8")).split("\n").filter((line) => line !== ""));
  } catch {
    return new Set();
  }
}

/** Answers undefined where git is missing, where there is no repository, or no commit yet. */
async function git(root: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await run("git", [...OPTIONS, ...args], { cwd: root, maxBuffer: 1 << 30 });
    return stdout;
  } catch {
    return undefined;
  }
}

type Commit = Omit<Revision, "dirty">;

/**
 * What `git log -1 -- DIRECTORY` says, for all directories at once, with their documents and without: each follows its own
 * way from HEAD, at a merge the first parent in which it is the same, and ends at the first commit in which it differs from
 * all parents.
 */
async function lastCommits(
  root: string,
  directories: readonly string[],
  prefix: string,
): Promise<ReadonlyMap<string, Commit>> {
  const search = new Search(directories.map((directory) => `${prefix}${directory}`));
  const subjects = directories.flatMap((directory) => [directory, withDocumentsOf(directory)]);
  const tops = [...new Set(directories.map((directory) => directory.split("/")[0] ?? ""))];
  const log = spawn(
    "git",
    [
      ...OPTIONS,
      ...["log", "--topo-order", "--full-history", "--sparse", "--diff-merges=separate", "--no-renames", "--name-only"],
      ...[
        "--pretty=raw",
        "--parents",
        "--no-abbrev",
        "--no-color",
        "--no-decorate",
        "--no-notes",
        "--no-follow",
        "HEAD",
        "--",
        ...tops,
      ],
    ],
    { cwd: root, stdio: ["ignore", "pipe", "ignore"] },
  );
  const closed = new Promise<void>((done) => log.once("close", () => done()));
  let failure: Error | undefined;
  log.once("error", (error) => {
    failure = error;
  });
  for await (const line of createInterface({ input: log.stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
    search.read(line);
    if (search.done) break;
  }
  search.end();
  log.kill();
  await closed;
  if (failure !== undefined) throw failure;
  return new Map(
    subjects.flatMap((subject) => {
      const commit = search.found.get(`${prefix}${subject}`);
      return commit === undefined ? [] : [[subject, commit]];
    }),
  );
}

interface Visit {
  readonly commit: string;
  readonly parents: readonly string[];
  epoch: number;
  /** What differs from each parent; under the empty name for a commit without one. A parent without entry is the same. */
  readonly touched: Map<string, Set<string>>;
  /** The parent that the lines being read are about. */
  from: string;
}

/** Follows every subject through the lines of the log, in git's `raw` format: the only one that names the parent of a diff. */
class Search {
  readonly found = new Map<string, Commit>();
  private readonly subjects: readonly string[];
  /** Subjects that have come to a commit, by the commit. */
  private readonly waiting = new Map<string, string[]>();
  private readonly wanted: ReadonlySet<string>;
  private visit: Visit | undefined;

  constructor(directories: readonly string[]) {
    this.wanted = new Set(directories);
    this.subjects = directories.flatMap((directory) => [directory, withDocumentsOf(directory)]);
  }

  get done(): boolean {
    return this.found.size === this.subjects.length;
  }

  read(line: string): void {
    if (line.startsWith("commit ")) this.begin(line);
    else if (line.startsWith("committer ")) this.readTime(line);
    else if (line.includes("/")) this.touch(line);
  }

  /** Ends the visit of a commit: all of what differs in it is known. */
  end(): void {
    if (this.visit === undefined) return;
    const { commit, epoch, parents, touched } = this.visit;
    for (const subject of this.waiting.get(commit) ?? []) {
      const same = parents.find((parent) => touched.get(parent)?.has(subject) !== true);
      if (same !== undefined) this.wait(same, subject);
      else if (parents.length > 0 || touched.get("")?.has(subject)) this.found.set(subject, { commit, epoch });
    }
    this.waiting.delete(commit);
  }

  /** `commit HASH PARENT... (from PARENT)`: a merge comes once for each parent from which it differs. */
  private begin(line: string): void {
    const [, hashes = "", from] = /^commit ([0-9a-f ]+?)(?: \(from ([0-9a-f]+)\))?$/.exec(line) ?? [];
    const [commit = "", ...parents] = hashes.split(" ");
    if (this.visit?.commit !== commit) {
      this.end();
      // The log begins at HEAD, from which all start.
      if (this.visit === undefined) for (const subject of this.subjects) this.wait(commit, subject);
      this.visit = { commit, parents, epoch: 0, touched: new Map(), from: "" };
    }
    this.visit.from = from ?? parents[0] ?? "";
  }

  /** `committer NAME <ADDRESS> SECONDS ZONE`. */
  private readTime(line: string): void {
    if (this.visit !== undefined) this.visit.epoch = Number(line.split(" ").at(-2));
  }

  private wait(commit: string, subject: string): void {
    const waiting = this.waiting.get(commit);
    if (waiting === undefined) this.waiting.set(commit, [subject]);
    else waiting.push(subject);
  }

  /** Other lines with a slash, such as those of a message, are indented and lie in no folder that is wanted. */
  private touch(path: string): void {
    if (this.visit === undefined) return;
    const { touched, from } = this.visit;
    for (const subject of subjectsOf(unquoted(path), this.wanted)) {
      const differing = touched.get(from);
      if (differing === undefined) touched.set(from, new Set([subject]));
      else differing.add(subject);
    }
  }
}

interface WorkingTree {
  /** Subjects with something changed, staged, or not in git and not ignored by it. */
  readonly dirty: ReadonlySet<string>;
  /** Relative to the root; of a folder that is ignored as a whole only the folder. */
  readonly ignored: ReadonlySet<string>;
}

async function workingTree(root: string, directories: readonly string[], prefix: string): Promise<WorkingTree> {
  const wanted = new Set(directories);
  const tops = [...new Set(directories.map((directory) => directory.split("/")[0] ?? ""))];
  const options = ["--porcelain=v1", "-z", "--untracked-files=all", "--ignored=matching", "--no-renames"];
  const status = await git(root, ["status", ...options, "--", ...tops]);
  const dirty = new Set<string>();
  const ignored = new Set<string>();
  for (const entry of (status ?? "").split("\0")) {
    const path = entry.slice(3 + prefix.length);
    if (entry.startsWith("!!")) {
      ignored.add(path.replace(/\/$/, ""));
      continue;
    }
    for (const subject of subjectsOf(path, wanted)) dirty.add(subject);
  }
  return { dirty, ignored };
}

/** git quotes a path with control characters or quotes in it; what matters here is its folder: no document has such a name. */
function unquoted(path: string): string {
  return path.startsWith('"') ? path.slice(1) : path;
}
