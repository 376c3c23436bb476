import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, readFile } from "node:fs/promises";
import path from "node:path";
import type { Platform } from "../../domain/catalogue/types.js";
import { type NpmEntry, readNpmLockfile, staleness } from "../../domain/lock/npm-lockfile.js";
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
import { concurrently } from "./concurrently.js";
import type { ResolveContext, Resolver } from "./resolver.js";

/** Turns `npm.unpack` and the npm lockfile into tarballs, each verified by the integrity that the lockfile has for it. */
export const npmResolver: Resolver = {
  kind: "npm",
  wants: ({ npm }) => npm !== undefined,
  async resolve(context) {
    const tarballs = new Tarballs(context);
    const selection = await selectForPlatforms(context);
    const resolved: Record<Platform, readonly NpmPayload[]> = {};
    for (const platform of context.platforms) {
      const single = await singlePackages(context, platform, tarballs);
      const selected = await concurrently(selection[platform] ?? [], 4, (item) => installed(item, tarballs));
      resolved[platform] = [...single, ...selected];
    }
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
    return { sha256, size, integrity: await sha512Of(file) };
  }
}

interface Tarball {
  readonly sha256: string;
  readonly size: number;
  readonly integrity: string;
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

async function selectForPlatforms(
  context: ResolveContext,
): Promise<Readonly<Record<Platform, readonly SelectedPackage[]>>> {
  const { request, root, file, platforms } = context;
  const { npm } = request;
  if (npm?.lockfile === undefined) return {};
  const lockfilePath = path.posix.join(path.posix.dirname(file), npm.lockfile);
  const { value: lockfile, problems } = readNpmLockfile(
    lockfilePath,
    await readFile(path.join(root, lockfilePath), "utf8"),
  );
  if (lockfile === undefined || problems.length > 0) throw new ProblemsError(lockfilePath, problems);
  const manifest = path.join(root, path.posix.dirname(lockfilePath), "package.json");
  const found: Problem[] = [...staleness(lockfile, JSON.parse(await readFile(manifest, "utf8")) as NpmEntry)];
  const excuses = { withoutScript: namesOf(npm.withoutScript), incomplete: namesOf(npm.incomplete) };
  const selections = platforms.map((platform) => selectPackages(lockfile, platform, excuses));
  for (const { problems } of selections) found.push(...problems);
  found.push(...idleExcuses(context, excuses, selections));
  if (found.length > 0) throw new ProblemsError(lockfilePath, distinct(found));
  return Object.fromEntries(platforms.map((platform, index) => [platform, selections[index]?.value ?? []]));
}

function namesOf(excused: Readonly<Record<string, string>> = {}): readonly string[] {
  return Object.keys(excused);
}

/** An excuse that nothing needs any more would hide the next fault. */
function idleExcuses(
  { document }: ResolveContext,
  excuses: NpmExcuses,
  selections: readonly NpmSelection[],
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
