import { execFile, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { ancestors, isDocument, NO_REVISION, type Revisions, splitFolders } from "./revisions.js";
import type { Revision } from "./types.js";

const run = promisify(execFile);
const OPTIONS = ["-c", "core.quotePath=false", "-c", "log.showSignature=false", "-c", "core.fsmonitor=false"];

/**
 * For each folder (relative to the root), or set of them (`foldersOf`), the last commit that touched it, its time, and whether
 * its files differ from it: once for all its files, and once without its documents. One walk of the history and one status
 * for all of them. Without git, or for what was never committed: `NO_REVISION`.
 */
export async function loadRevisions(root: string, sets: readonly string[]): Promise<Revisions> {
  const wanted = [...new Set(sets)].sort();
  const directories = [...new Set(wanted.flatMap(splitFolders))].sort();
  const parts = new Map(
    wanted.flatMap((set) => [set, withDocumentsOf(set)]).map((subject) => [subject, partsOf(subject)]),
  );
  const unknown = new Map(wanted.map((directory) => [directory, NO_REVISION]));
  const head = await git(root, ["rev-parse", "--show-prefix", "--git-path", "shallow", "--verify", "HEAD"]);
  if (head === undefined || wanted.length === 0) return { byDirectory: unknown, cutOff: [], ignored: new Set() };
  const [prefix = "", shallowFile = ""] = head.split("\n");
  const [commits, { dirty, ignored }, boundary] = await Promise.all([
    lastCommits(root, directories, parts, prefix),
    workingTree(root, directories, prefix),
    readBoundary(resolve(root, shallowFile)),
  ]);
  const revision = (subject: string): Revision => {
    const commit = commits.get(subject);
    const isDirty = parts.get(subject)?.some((part) => dirty.has(part)) ?? false;
    return commit === undefined ? NO_REVISION : { ...commit, dirty: isDirty };
  };
  const withDocuments = new Map<string, Revision>();
  for (const directory of wanted) {
    const [own, all] = [revision(directory), revision(withDocumentsOf(directory))];
    if (own.commit !== all.commit || own.dirty !== all.dirty) withDocuments.set(directory, all);
  }
  return {
    byDirectory: new Map(wanted.map((directory) => [directory, revision(directory)])),
    ...(withDocuments.size === 0 ? {} : { withDocuments }),
    cutOff: cutOffOf(wanted.filter((set) => boundary.has(commits.get(set)?.commit ?? ""))),
    ignored,
  };
}

/** Each by the folder of its image. */
function cutOffOf(sets: readonly string[]): readonly string[] {
  return [...new Set(sets.map((set) => splitFolders(set)[0] ?? set))];
}

/** A set without documents goes by its name; this is what it goes by with them, and no path of git. */
function withDocumentsOf(set: string): string {
  return `${set}/`;
}

/** What a set consists of: folders, of which the first one counts with its documents where the set does. */
function partsOf(subject: string): readonly string[] {
  const [own = "", ...others] = splitFolders(subject.replace(/\/$/, ""));
  return [subject.endsWith("/") ? withDocumentsOf(own) : own, ...others];
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
 * What `git log -1 -- FOLDER...` says, for all sets of folders at once, with their documents and without: each follows its own
 * way from HEAD, at a merge the first parent in which all of it is the same, and ends at the first commit in which it differs
 * from all parents.
 *
 * @param parts what each subject consists of
 */
async function lastCommits(
  root: string,
  directories: readonly string[],
  parts: ReadonlyMap<string, readonly string[]>,
  prefix: string,
): Promise<ReadonlyMap<string, Commit>> {
  const search = new Search(
    directories.map((directory) => `${prefix}${directory}`),
    new Map([...parts].map(([subject, of]) => [subject, of.map((part) => `${prefix}${part}`)])),
  );
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
  return search.found;
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
  /** Subjects that have come to a commit, by the commit. */
  private readonly waiting = new Map<string, string[]>();
  private readonly wanted: ReadonlySet<string>;
  private visit: Visit | undefined;

  constructor(
    directories: readonly string[],
    private readonly parts: ReadonlyMap<string, readonly string[]>,
  ) {
    this.wanted = new Set(directories);
  }

  get done(): boolean {
    return this.found.size === this.parts.size;
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
      const parts = this.parts.get(subject) ?? [];
      const differs = (from: string) => parts.some((part) => touched.get(from)?.has(part));
      const same = parents.find((parent) => !differs(parent));
      if (same !== undefined) this.wait(same, subject);
      else if (parents.length > 0 || differs("")) this.found.set(subject, { commit, epoch });
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
      if (this.visit === undefined) for (const subject of this.parts.keys()) this.wait(commit, subject);
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
  /** Folders, with their documents and without, with something changed, staged, or not in git and not ignored by it. */
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
