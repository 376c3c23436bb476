import type { Place, Problem } from "../problems.js";
import { didYouMean } from "../suggest.js";
import { placeOf, type YamlDocument } from "../yaml/document.js";
import { lockRequestHash } from "./request.js";
import type { PackagesLock, PackagesRequest } from "./types.js";

/** A folder with a `packages.yaml`, and the lock it has. Paths are relative to the root. */
export interface LockSource {
  readonly name: string;
  /** E.g. `bases/debian`. */
  readonly directory: string;
  /** `packages.yaml`. */
  readonly file: string;
  readonly request: PackagesRequest;
  readonly document: YamlDocument;
  /** Text of the npm lockfile that the request names. */
  readonly npmLockfile?: string;
  /** The lock as read, from `lockFile`. */
  readonly lock?: PackagesLock;
  /** The committed lock, or the overlay where one is read. */
  readonly lockFile: string;
}

/** The sources in an order in which every one comes after the one it extends, and what is wrong with `extends`. */
export function orderSources(sources: readonly LockSource[]): {
  readonly ordered: readonly LockSource[];
  readonly problems: readonly Problem[];
} {
  const byName = new Map(sources.map((source) => [source.name, source]));
  const ordered = new Set<LockSource>();
  const problems: Problem[] = [];
  const visit = (source: LockSource, route: readonly LockSource[]): void => {
    if (ordered.has(source)) return;
    const start = route.indexOf(source);
    if (start >= 0) {
      const names = [...route.slice(start), source].map(({ name }) => name);
      const message = `extends goes round in a circle: ${names.join(" -> ")}.`;
      problems.push({ place: extendsPlace(source), message, remedy: "Remove one of these `extends`." });
      return;
    }
    const parent = source.request.extends === undefined ? undefined : byName.get(source.request.extends);
    if (parent !== undefined) visit(parent, [...route, source]);
    else if (source.request.extends !== undefined) problems.push(unknownParent(source, source.request.extends, byName));
    ordered.add(source);
  };
  for (const source of [...sources].sort((a, b) => (a.name < b.name ? -1 : 1))) visit(source, []);
  return { ordered: [...ordered], problems };
}

/** The sources that `extends` leads to, nearest first. */
export function parentsOf(source: LockSource, sources: readonly LockSource[]): readonly LockSource[] {
  const parents: LockSource[] = [];
  let parent = sources.find(({ name }) => name === source.request.extends);
  while (parent !== undefined && !parents.includes(parent)) {
    parents.push(parent);
    const next: string | undefined = parent.request.extends;
    parent = sources.find(({ name }) => name === next);
  }
  return parents;
}

/** The request's hash as the lock of the source should say it. */
export function expectedRequest(source: LockSource, sources: readonly LockSource[]): string {
  return lockRequestHash(source.request, source.npmLockfile, parentsOf(source, sources)[0]?.lock);
}

/** Locks that are missing or that were made from something else than what stands in the files now. */
export function staleLocks(sources: readonly LockSource[]): readonly Problem[] {
  const problems: Problem[] = [];
  for (const source of orderSources(sources).ordered) {
    const [parent] = parentsOf(source, sources);
    const message =
      source.lock === undefined
        ? `packages are asked for, but ${source.lockFile} does not exist.`
        : staleness(source, parent, expectedRequest(source, sources));
    const remedy = `Run \`npx factory lock ${source.name}\` and commit what it writes.`;
    if (message !== undefined) problems.push({ place: { file: source.file }, message, remedy });
  }
  return problems;
}

function staleness(
  { lock, lockFile }: LockSource,
  parent: LockSource | undefined,
  expected: string,
): string | undefined {
  // Without the parent's lock nobody knows what this one should say; the parent is blamed.
  const unknown = parent !== undefined && parent.lock === undefined;
  if (unknown || lock?.request === expected) return undefined;
  const inherited = parent === undefined ? "" : `, or the lock of ${parent.name},`;
  return `the lock is out of date: packages.yaml${inherited} has changed since ${lockFile} was written.`;
}

function extendsPlace({ document }: LockSource): Place {
  return placeOf(document, ["extends"]);
}

function unknownParent(source: LockSource, name: string, byName: ReadonlyMap<string, LockSource>): Problem {
  const others = [...byName.keys()].filter((other) => other !== source.name).sort();
  const remedy = `${didYouMean(name, others)}Folders with a packages.yaml: ${others.join(", ") || "none"}.`;
  return { place: extendsPlace(source), message: `extends "${name}", which has no packages.yaml.`, remedy };
}
