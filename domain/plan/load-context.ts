import { createHash } from "node:crypto";
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from "node:fs";
import { join, posix } from "node:path";
import { allowList } from "./allow-list.js";
import type { ContextSources } from "./context-sources.js";
import { type IgnoreRule, judge, mayKeepBelow, parseIgnore, type Verdict } from "./ignore-rules.js";

/** A context as one build sees it. */
export interface ContextSnapshot {
  readonly ignore: string;
  /** sha256 (hex). */
  readonly hash: string;
  /** Everything that is kept, directories included, relative to the context. */
  readonly paths: readonly string[];
}

/** Something that is kept, with the line that stands for it in the hash. */
interface Entry {
  readonly path: string;
  readonly line: string;
}

const MOST_LINKS = 100;
const CHUNK = Buffer.allocUnsafe(1 << 20);

/**
 * Hashes what builds see of their contexts. Several builds may share a directory: no file is read twice, and equal scopes
 * are walked once.
 */
export class ContextHasher {
  private readonly files = new Map<string, string>();
  private readonly snapshots = new Map<string, ContextSnapshot>();

  /**
   * @param directory absolute path of the context
   * @param authorsIgnore text of the author's own ignore file, or the empty text
   */
  snapshot(directory: string, sources: ContextSources, authorsIgnore: string): ContextSnapshot {
    const followed = sources === "everything" ? sources : withLinkTargets(directory, sources);
    const ignore = allowList(followed, authorsIgnore);
    const key = `${directory}\0${ignore}`;
    const known = this.snapshots.get(key);
    if (known !== undefined) return known;

    const entries: Entry[] = [];
    this.walk(directory, "", parseIgnore(ignore), undefined, entries);
    const hash = createHash("sha256");
    for (const { line } of entries) hash.update(`${line}\n`);
    const snapshot = { ignore, hash: hash.digest("hex"), paths: entries.map(({ path }) => path) };
    this.snapshots.set(key, snapshot);
    return snapshot;
  }

  /** Appends everything kept below a directory, and the directories that lead to it; returns whether there is any. */
  private walk(
    root: string,
    directory: string,
    rules: readonly IgnoreRule[],
    verdict: Verdict | undefined,
    entries: Entry[],
  ): boolean {
    let any = false;
    for (const entry of readdirSync(join(root, directory), { withFileTypes: true }).sort(byName)) {
      const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
      const own = judge(rules, path, verdict);
      if (!entry.isDirectory()) {
        if (own.ignored) continue;
        entries.push({ path, line: this.line(root, path, entry.isSymbolicLink()) });
        any = true;
        continue;
      }
      if (own.ignored && !mayKeepBelow(rules, path)) continue;
      const index = entries.length;
      entries.push({ path, line: `directory ${modeOf(join(root, path))} ${JSON.stringify(path)}` });
      const holds = this.walk(root, path, rules, own, entries);
      if (own.ignored && !holds) {
        entries.length = index;
        continue;
      }
      any = true;
    }
    return any;
  }

  private line(root: string, path: string, isLink: boolean): string {
    const absolute = join(root, path);
    if (isLink) return `link ${JSON.stringify(path)} ${JSON.stringify(readlinkSync(absolute))}`;
    return `file ${modeOf(absolute)} ${JSON.stringify(path)} ${this.contentHash(absolute)}`;
  }

  private contentHash(path: string): string {
    let hash = this.files.get(path);
    if (hash === undefined) {
      hash = hashFile(path);
      this.files.set(path, hash);
    }
    return hash;
  }
}

/** By code units: independent of the machine's locale. */
function byName(left: { readonly name: string }, right: { readonly name: string }): number {
  return left.name < right.name ? -1 : 1;
}

/** All permission bits: COPY carries them into the image, so they are part of what is built. */
function modeOf(path: string): string {
  return (lstatSync(path).mode & 0o7777).toString(8);
}

function hashFile(path: string): string {
  const hash = createHash("sha256");
  const file = openSync(path, "r");
  try {
    for (let read = readSync(file, CHUNK); read > 0; read = readSync(file, CHUNK)) hash.update(CHUNK.subarray(0, read));
  } finally {
    closeSync(file);
  }
  return hash.digest("hex");
}

/**
 * COPY follows a symbolic link that is named, or that leads to what is named: the link and what it points to have to be kept.
 * A link that is found by a wildcard is followed as well, but not by `**`.
 */
function withLinkTargets(root: string, sources: readonly string[]): ContextSources {
  const kept = new Set(sources);
  for (const source of kept) {
    for (const target of linkTargets(root, source)) {
      // A link to something below itself leads on for ever.
      if (target === "" || kept.size - sources.length > MOST_LINKS) return "everything";
      kept.add(target);
    }
  }
  return [...kept].sort();
}

/** The links on the way to a source and where they lead, as patterns; a link out of the context ends at its root, as in BuildKit. */
function linkTargets(root: string, source: string): readonly string[] {
  const targets: string[] = [];
  const segments = source.split("/");
  let directories: readonly string[] = [""];
  for (const [index, segment] of segments.entries()) {
    const next: string[] = [];
    for (const path of directories.flatMap((directory) => matching(root, directory, segment))) {
      const stat = lstatSync(join(root, path), { throwIfNoEntry: false });
      if (stat?.isDirectory()) next.push(path);
      if (!stat?.isSymbolicLink()) continue;
      const target = posix.resolve("/", posix.dirname(path), readlinkSync(join(root, path)));
      targets.push(path, posix.join(target, ...segments.slice(index + 1)).slice(1));
    }
    directories = next;
  }
  return targets;
}

function matching(root: string, directory: string, segment: string): readonly string[] {
  if (!/[*?]/.test(segment)) return [posix.join(directory, segment)];
  const [rule] = parseIgnore(segment);
  const names = readdirSync(join(root, directory)).filter((name) => rule?.matches(name));
  return names.map((name) => posix.join(directory, name));
}
