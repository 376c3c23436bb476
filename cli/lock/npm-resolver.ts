import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, readFile } from "node:fs/promises";
import path from "node:path";
import type { Platform } from "../../domain/catalogue/types.js";
import { type NpmEntry, type NpmLockfile, readNpmLockfile, staleness } from "../../domain/lock/npm-lockfile.js";
import {
  type NpmExcuses,
  type NpmSelection,
  type SelectedPackage,
  selectPackages,
} from "../../domain/lock/npm-selection.js";
import type { NpmPayload } from "../../domain/lock/types.js";
import { type Problem, ProblemsError } from "../../domain/problems.js";
import { placeOf } from "../../domain/yaml/document.js";
import { NpmError, packTarball } from "../../provider/pool/npm-client.js";
import { npmTrees } from "../../provider/pool/npm-kind.js";
import { installScripts } from "../../provider/pool/npm-scripts.js";
import { concurrently } from "./concurrently.js";
import type { ResolveContext, Resolver } from "./resolver.js";

/** Turns `npm.unpack` and the npm lockfile into tarballs, each verified by the integrity that the lockfile has for it. */
export const npmResolver: Resolver = {
  kind: "npm",
  wants: ({ npm }) => npm !== undefined,
  async resolve(context) {
    const tarballs = new Tarballs(context);
    const { lockfile, selections, excuses } = await selectForPlatforms(context);
    const resolved: Record<Platform, readonly NpmPayload[]> = {};
    for (const platform of context.platforms) {
      const single = await singlePackages(context, platform, tarballs);
      const selected = selections.get(platform)?.value ?? [];
      resolved[platform] = [...single, ...(await concurrently(selected, 4, (item) => installed(item, tarballs)))];
    }
    const unflagged = await unflaggedScripts(lockfile, [...selections.values()], excuses, tarballs);
    const problems = [...unflagged.problems, ...idleExcuses(context, excuses, [...selections.values(), unflagged])];
    if (problems.length > 0) throw new ProblemsError(context.file, distinct(problems));
    return resolved;
  },
};

/** Every tarball is fetched once, whichever platforms need it. */
class Tarballs {
  private readonly known = new Map<string, Promise<Tarball>>();

  constructor(private readonly context: ResolveContext) {}

  /** @throws NpmError where the registry does not have it. */
  of(name: string, version: string): Promise<Tarball> {
    const spec = `${name}@${version}`;
    const known = this.known.get(spec) ?? this.fetch(spec);
    this.known.set(spec, known);
    return known;
  }

  private async fetch(spec: string): Promise<Tarball> {
    this.context.progress(`npm downloads ${spec}`);
    const file = path.join(await mkdtemp(path.join(this.context.scratch, "npm-")), "package.tgz");
    await packTarball(spec, file);
    const { sha256, size } = await this.context.cache.add(file);
    return { sha256, size, integrity: await sha512Of(file), scripts: await installScripts(file) };
  }
}

interface Tarball {
  readonly sha256: string;
  readonly size: number;
  readonly integrity: string;
  /** What npm would run when it installs it. */
  readonly scripts: readonly string[];
}

async function sha512Of(file: string): Promise<string> {
  const hash = createHash("sha512");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  return `sha512-${hash.digest("base64")}`;
}

async function installed(item: SelectedPackage, tarballs: Tarballs): Promise<NpmPayload> {
  const { name, version, path: place, integrity, development } = item;
  const { sha256, size, integrity: found } = await tarballs.of(name, version);
  if (!integrity.split(/\s+/).includes(found))
    throw new Error(
      `${name} ${version}: the lockfile has ${integrity}, the registry's tarball ${found}. One of them was tampered with.`,
    );
  const tree = development ? npmTrees.development : npmTrees.production;
  return { kind: "npm", name, version, size, sha256, unpackTo: `${tree}/${place}` };
}

async function singlePackages(
  context: ResolveContext,
  platform: Platform,
  tarballs: Tarballs,
): Promise<readonly NpmPayload[]> {
  const payloads: NpmPayload[] = [];
  for (const [index, item] of (context.request.npm?.unpack ?? []).entries()) {
    if (item.platform !== undefined && item.platform !== platform) continue;
    try {
      const { sha256, size } = await tarballs.of(item.package, item.version);
      payloads.push({ kind: "npm", name: item.package, version: item.version, size, sha256, unpackTo: item.to });
    } catch (error) {
      if (!(error instanceof NpmError)) throw error;
      throw new ProblemsError(context.file, [
        {
          place: placeOf(context.document, ["npm", "unpack", index]),
          message: `npm cannot fetch ${item.package} ${item.version}: ${error.detail}.`,
          remedy: `Choose one of the versions that \`npm view ${item.package} versions\` prints.`,
        },
      ]);
    }
  }
  return payloads;
}

interface Selections {
  readonly lockfile?: NpmLockfile;
  readonly selections: ReadonlyMap<Platform, NpmSelection>;
  readonly excuses: NpmExcuses;
}

async function selectForPlatforms(context: ResolveContext): Promise<Selections> {
  const { request, root, file, platforms } = context;
  const { npm } = request;
  const excuses = { withoutScript: namesOf(npm?.withoutScript), incomplete: namesOf(npm?.incomplete) };
  if (npm?.lockfile === undefined) return { selections: new Map(), excuses };
  const lockfilePath = path.posix.join(path.posix.dirname(file), npm.lockfile);
  const { value: lockfile, problems } = readNpmLockfile(
    lockfilePath,
    await readFile(path.join(root, lockfilePath), "utf8"),
  );
  if (lockfile === undefined || problems.length > 0) throw new ProblemsError(lockfilePath, problems);
  const manifest = path.join(root, path.posix.dirname(lockfilePath), "package.json");
  const found: Problem[] = [...staleness(lockfile, JSON.parse(await readFile(manifest, "utf8")) as NpmEntry)];
  const selections = new Map(
    platforms.map((platform) => [platform, selectPackages(lockfile, platform, excuses)] as const),
  );
  for (const { problems } of selections.values()) found.push(...problems);
  if (found.length > 0) throw new ProblemsError(lockfilePath, distinct(found));
  return { lockfile, selections, excuses };
}

/**
 * Packages with a script of which the lockfile says nothing: npm takes that from what the registry says of a package, and not
 * every registry says it. Whatever such a script downloads would be missed when somebody runs the image.
 */
async function unflaggedScripts(
  lockfile: NpmLockfile | undefined,
  selections: readonly NpmSelection[],
  excuses: NpmExcuses,
  tarballs: Tarballs,
): Promise<Pick<NpmSelection, "problems" | "excused">> {
  const problems: Problem[] = [];
  const withoutScript: string[] = [];
  for (const { name, path: place, version } of selections.flatMap(({ value }) => value)) {
    if (lockfile?.packages.get(place)?.hasInstallScript === true) continue;
    const { scripts } = await tarballs.of(name, version);
    if (scripts.length === 0) continue;
    if (excuses.withoutScript.includes(name)) withoutScript.push(name);
    else problems.push(scriptProblem(lockfile, place, name, scripts));
  }
  return { problems, excused: { withoutScript, incomplete: [] } };
}

function scriptProblem(
  lockfile: NpmLockfile | undefined,
  path: string,
  name: string,
  scripts: readonly string[],
): Problem {
  const place = lockfile === undefined ? { file: path } : placeOf(lockfile.document, ["packages", path]);
  const message = `${path} has an install script (${scripts.join("; ")}); none ever runs here, so what it downloads or makes would be missing.`;
  const remedy = `Use a version or another package that ships what it needs prebuilt. Or name ${name} under npm.withoutScript of packages.yaml, with the reason.`;
  return { place, message, remedy };
}

function namesOf(excused: Readonly<Record<string, string>> = {}): readonly string[] {
  return Object.keys(excused);
}

/** An excuse that nothing needs any more would hide the next fault. */
function idleExcuses(
  { document }: ResolveContext,
  excuses: NpmExcuses,
  selections: readonly Pick<NpmSelection, "excused">[],
): readonly Problem[] {
  const problems: Problem[] = [];
  for (const kind of ["withoutScript", "incomplete"] as const) {
    for (const name of excuses[kind]) {
      if (selections.some(({ excused }) => excused[kind].includes(name))) continue;
      const message = `npm.${kind} names ${name}, which needs no such excuse.`;
      problems.push({ place: placeOf(document, ["npm", kind, name]), message, remedy: "Remove the line." });
    }
  }
  return problems;
}

/** What holds for every platform is said once. */
function distinct(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}
