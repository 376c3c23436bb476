import { mkdtemp, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { Platform } from "../../domain/catalogue/types.js";
import type { WheelPayload } from "../../domain/lock/types.js";
import { type Problem, ProblemsError } from "../../domain/problems.js";
import { placeOf } from "../../domain/yaml/document.js";
import type { PayloadCache } from "../../provider/pool/payload-cache.js";
import { type Markers, PipError, pip } from "../../provider/pool/pip.js";
import { wheelKind } from "../../provider/pool/wheel-kind.js";
import { wheelMachine, wheelPlatformTags } from "../../provider/pool/wheel-platform.js";
import { concurrently } from "./concurrently.js";
import type { ResolveContext, Resolver } from "./resolver.js";

/** Resolves `python.requirements` with the host's pip, as if it ran on each of the platforms. */
export const wheelResolver: Resolver = {
  kind: "wheel",
  wants: ({ python }) => python !== undefined,
  async resolve(context) {
    const resolved: Record<Platform, readonly WheelPayload[]> = {};
    for (const platform of context.platforms) resolved[platform] = await resolvePlatform(context, platform);
    return resolved;
  },
};

/** A wheel that pip chose; its size is known when it is there. */
type ChosenWheel = Omit<WheelPayload, "size">;

async function resolvePlatform(context: ResolveContext, platform: Platform): Promise<readonly WheelPayload[]> {
  const { python } = context.request;
  if (python === undefined) return [];
  context.progress(`pip resolves ${python.requirements.length} requirements for ${platform}`);
  const held = heldWheels(context, platform);
  const chosen = await choose(context, python, platform, held);
  const own = chosen.filter(({ sha256 }) => !held.some((wheel) => wheel.sha256 === sha256));
  return concurrently(own, 4, (wheel) => measure(wheel, context));
}

/** What the parents hold counts as installed. pip is not among it: every pool brings its own. */
function heldWheels({ parents }: ResolveContext, platform: Platform): readonly WheelPayload[] {
  return parents
    .flatMap((parent) => parent.platforms[platform] ?? [])
    .filter((payload) => payload.kind === "wheel")
    .filter(({ name }) => name !== "pip");
}

type PythonRequest = NonNullable<ResolveContext["request"]["python"]>;

async function choose(
  context: ResolveContext,
  python: PythonRequest,
  platform: Platform,
  held: readonly WheelPayload[],
): Promise<readonly ChosenWheel[]> {
  const [major = "", minor = ""] = python.pythonVersion.split(".");
  const args = ["install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-", "--only-binary=:all:"];
  // pip wants a target for a foreign platform; in a dry run nothing is written there.
  args.push("--target", path.join(context.scratch, "never-installed"));
  args.push("--python-version", `${major}.${minor}`, "--implementation", "cp", "--abi", `cp${major}${minor}`);
  for (const tag of wheelPlatformTags(platform)) args.push("--platform", tag);
  // A pip that finds nothing installed may still choose no other version of what the parents hold.
  const constraints = path.join(await mkdtemp(path.join(context.scratch, "constraints-")), "constraints.txt");
  await writeFile(constraints, held.map(({ name, version }) => `${name}==${version}\n`).join(""));
  args.push("--constraint", constraints);
  try {
    const report = await pip(
      [...args, "--", ...withInstaller(python.requirements)],
      markers(python.pythonVersion, platform),
    );
    return chosenWheels(report);
  } catch (error) {
    if (!(error instanceof PipError)) throw error;
    throw new ProblemsError(context.file, [unresolved(context, python, platform, error)]);
  }
}

/** pip itself is locked too, for the build that installs the others; naming it among the requirements chooses its version. */
function withInstaller(requirements: readonly string[]): readonly string[] {
  return requirements.some((line) => projectName(line) === "pip") ? requirements : [...requirements, "pip"];
}

function markers(pythonVersion: string, platform: Platform): Markers {
  const full = `${pythonVersion}.0`;
  return {
    implementation_name: "cpython",
    implementation_version: full,
    os_name: "posix",
    platform_machine: wheelMachine(platform),
    platform_python_implementation: "CPython",
    platform_system: "Linux",
    python_full_version: full,
    python_version: pythonVersion,
    sys_platform: "linux",
  };
}

// https://pip.pypa.io/en/stable/reference/installation-report/
const reportSchema = z.looseObject({
  version: z.literal("1"),
  install: z.array(
    z.looseObject({
      metadata: z.looseObject({ name: z.string(), version: z.string() }),
      download_info: z.looseObject({
        url: z.string(),
        archive_info: z.looseObject({ hashes: z.record(z.string(), z.string()) }),
      }),
    }),
  ),
});

/** The wheels of pip's installation report, by name. */
export function chosenWheels(report: string): readonly ChosenWheel[] {
  const { install } = reportSchema.parse(JSON.parse(report));
  const wheels = install.map(({ metadata, download_info: { url, archive_info } }): ChosenWheel => {
    const sha256 = archive_info.hashes.sha256;
    if (sha256 === undefined) throw new Error(`pip's index gives no sha256 for ${metadata.name} ${metadata.version}`);
    const filename = decodeURIComponent(path.posix.basename(new URL(url).pathname));
    return { kind: "wheel", name: projectName(metadata.name), version: metadata.version, filename, sha256 };
  });
  return wheels.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The normalised name of a requirement's project (PEP 503). */
function projectName(requirement: string): string {
  const name = /^\s*([A-Za-z0-9][A-Za-z0-9._-]*)/.exec(requirement)?.[1] ?? requirement;
  return name.replace(/[-_.]+/g, "-").toLowerCase();
}

async function measure(wheel: ChosenWheel, { cache, scratch, progress }: ResolveContext): Promise<WheelPayload> {
  const size = await sizeInCache(wheel.sha256, cache);
  if (size !== undefined) return { ...wheel, size };
  progress(`pip downloads ${wheel.filename}`);
  const file = path.join(await mkdtemp(path.join(scratch, "pip-")), wheel.filename);
  // pip verifies the sha256; only the size is still to be known.
  await wheelKind.download({ ...wheel, size: 0 }, file);
  return { ...wheel, size: (await cache.add(file)).size };
}

async function sizeInCache(sha256: string, cache: PayloadCache): Promise<number | undefined> {
  return stat(cache.file(sha256)).then(
    (stats) => stats.size,
    () => undefined,
  );
}

function unresolved(
  context: ResolveContext,
  { pythonVersion, requirements }: PythonRequest,
  platform: Platform,
  error: PipError,
): Problem {
  const blamed = requirements.findIndex(
    (line) => error.detail.includes(` ${projectName(line)}`) || error.detail.includes(line),
  );
  const at = blamed === -1 ? ["python", "requirements"] : ["python", "requirements", blamed];
  return {
    place: placeOf(context.document, at),
    message: `pip finds no wheels for Python ${pythonVersion} on ${platform}: ${error.detail}.`,
    remedy:
      "Choose versions that have wheels for every platform (source packages are never built here), or another index with `pip config set global.index-url`.",
  };
}
