import path from "node:path";
import type { Platform } from "../../domain/catalogue/types.js";
import type { DebianPayload, PackagesLock } from "../../domain/lock/types.js";
import { type Problem, ProblemsError } from "../../domain/problems.js";
import { didYouMean } from "../../domain/suggest.js";
import { placeOf } from "../../domain/yaml/document.js";
import { type DebianArchive, debianArchive } from "../../provider/pool/debian-archive.js";
import { debianKind } from "../../provider/pool/debian-kind.js";
import { controlField, readDebianControl } from "../../provider/pool/debian-package.js";
import type { PayloadCache } from "../../provider/pool/payload-cache.js";
import { type AptCandidate, type AptChoice, AptError, PrivateApt } from "./apt.js";
import type { ResolveContext, Resolver } from "./resolver.js";

/** Debian's names for the architectures of platforms. */
const architectures: Readonly<Record<Platform, string>> = {
  "linux/amd64": "amd64",
  "linux/arm64": "arm64",
  "linux/arm/v7": "armhf",
  "linux/386": "i386",
  "linux/ppc64le": "ppc64el",
  "linux/riscv64": "riscv64",
  "linux/s390x": "s390x",
};

export const debianResolver: Resolver = {
  kind: "debian",

  wants: ({ debian }) => debian !== undefined,

  async resolve(context) {
    const { request, platforms, progress, scratch } = context;
    const suite = request.debian?.suite ?? "";
    const archive = await debianArchive();
    const machines = platforms.map((platform) => architectureOf(context, platform));
    const directory = path.join(scratch, ["apt", suite, ...machines].join("-"));
    progress(`reading the lists of ${suite}`);
    const apt = await explained(context, PrivateApt.open(directory, suite, archive, machines));
    const result: Record<Platform, readonly DebianPayload[]> = {};
    for (const platform of platforms) result[platform] = await resolvePlatform(context, apt, archive, platform);
    return result;
  },
};

function architectureOf({ document }: ResolveContext, platform: Platform): string {
  const architecture = architectures[platform];
  if (architecture !== undefined) return architecture;
  const message = `Debian has no architecture for the platform ${platform}.`;
  const remedy = `Leave it out of the image's platforms; known: ${Object.keys(architectures).join(", ")}.`;
  throw new ProblemsError("packages", [{ place: placeOf(document, ["debian"]), message, remedy }]);
}

async function resolvePlatform(
  context: ResolveContext,
  apt: PrivateApt,
  archive: DebianArchive,
  platform: Platform,
): Promise<readonly DebianPayload[]> {
  const { request, parents, cache, progress } = context;
  const { suite, packages, without = [] } = request.debian ?? { suite: "", packages: [] };
  const architecture = architectureOf(context, platform);
  const inherited = await inheritedStatus(parents, platform, cache);

  await apt.become(architecture, inherited);
  const candidates = await apt.candidates([...packages, ...without]);
  const unknown = await unknownNames(context, apt, candidates, architecture);
  if (unknown.length > 0) throw new ProblemsError(`the packages of ${platform}`, unknown);

  const absent = without.map((name) => {
    const { version, provides } = candidates.get(name) ?? { version: "", provides: "" };
    return stanza(name, version, architecture, [
      ["Multi-Arch", "foreign"],
      ["Provides", provides],
    ]);
  });
  await apt.become(architecture, inherited + absent.join(""));
  progress(`${platform}: solving`);
  const held = new Set(parents.flatMap((parent) => parent.platforms[platform] ?? []).map(({ name }) => name));
  const choices = await explained(context, apt.solve(packages.filter((name) => !held.has(name))));
  const payloads: DebianPayload[] = [];
  for (const [index, choice] of choices.entries()) {
    progress(`${platform}: package ${index + 1} of ${choices.length}`);
    payloads.push(await fetchChoice(choice, suite, archive, cache));
  }
  return payloads.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A choice with its exact name and version, which only the package itself says. */
async function fetchChoice(
  choice: AptChoice,
  suite: string,
  archive: DebianArchive,
  cache: PayloadCache,
): Promise<DebianPayload> {
  const security = choice.uri.startsWith(`${archive.securityMirror}/`);
  const root = security ? archive.securityMirror : archive.mirror;
  const location = decodeURIComponent(choice.uri.slice(root.length + 1));
  const [guess = ""] = path.posix.basename(location).split("_");
  const draft = {
    kind: "debian",
    name: guess,
    version: "",
    architecture: "",
    suite,
    path: location,
    security,
  } as const;
  const payload = { ...draft, size: choice.size, sha256: choice.sha256 };
  const { file } = await cache.ensure<DebianPayload>(payload, debianKind);
  const control = await readDebianControl(file);
  const field = (name: string): string => controlField(control, name) ?? "";
  return { ...payload, name: field("Package"), version: field("Version"), architecture: field("Architecture") };
}

/** What apt refuses, at the line that made it. */
async function explained<T>({ document }: ResolveContext, calling: Promise<T>): Promise<T> {
  try {
    return await calling;
  } catch (error) {
    if (!(error instanceof AptError)) throw error;
    const place = placeOf(document, ["debian", "packages"]);
    const message = error.missing
      ? "apt picks Debian packages, and there is no apt-get on PATH."
      : `apt refuses:\n${error.output}`;
    const remedy = error.missing
      ? "Lock on a Debian or Ubuntu machine, or in such a container. Building from a committed lock needs no apt."
      : "Change the list. Where a package of the base is too old for it, lock the base again first.";
    throw new ProblemsError("the packages", [{ place, message, remedy }]);
  }
}

async function unknownNames(
  { document, request }: ResolveContext,
  apt: PrivateApt,
  candidates: ReadonlyMap<string, AptCandidate>,
  architecture: string,
): Promise<readonly Problem[]> {
  const { suite, packages, without = [] } = request.debian ?? { suite: "", packages: [] };
  const problems: Problem[] = [];
  for (const [key, names] of [
    ["packages", packages],
    ["without", without],
  ] as const) {
    for (const [index, name] of names.entries()) {
      if (candidates.has(name)) continue;
      const near = didYouMean(name, await apt.knownNames());
      const message = `${suite} has no package "${name}" for ${architecture}.`;
      const remedy = `${near}Look for it with \`apt-cache search\` on a ${suite} machine, or remove it.`;
      problems.push({ place: placeOf(document, ["debian", key, index]), message, remedy });
    }
  }
  return problems;
}

/** The packages of the parents as installed and held, from their own control data. Dependencies are left out: the parents' locks have settled them. */
async function inheritedStatus(
  parents: readonly PackagesLock[],
  platform: Platform,
  cache: PayloadCache,
): Promise<string> {
  const stanzas: string[] = [];
  for (const payload of parents.flatMap((parent) => parent.platforms[platform] ?? [])) {
    if (payload.kind !== "debian") continue;
    const { file } = await cache.ensure(payload, debianKind);
    const control = await readDebianControl(file);
    const fields = ["Multi-Arch", "Provides", "Breaks", "Conflicts", "Replaces"];
    const values = fields.map((field) => [field, controlField(control, field) ?? ""] as const);
    stanzas.push(stanza(payload.name, payload.version, payload.architecture, values));
  }
  return stanzas.join("");
}

/** A package that counts as installed, and that nothing may upgrade. */
function stanza(
  name: string,
  version: string,
  architecture: string,
  fields: readonly (readonly [name: string, value: string])[],
): string {
  const lines = [
    `Package: ${name}`,
    "Status: hold ok installed",
    "Priority: optional",
    "Section: misc",
    "Maintainer: none",
    `Architecture: ${architecture}`,
    `Version: ${version}`,
    ...fields.flatMap(([field, value]) => (value === "" ? [] : [`${field}: ${value}`])),
    "Description: in the image already",
  ];
  return `${lines.join("\n")}\n\n`;
}
