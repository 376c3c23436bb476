import { existsSync } from "node:fs";
import { type Problem, ProblemsError } from "../../domain/problems.js";
import { type Emulation, ensureEmulation, qemuPath } from "./emulation.js";
import { machineProblem } from "./machine-problem.js";
import { findProgram } from "./programs.js";
import { withProgress } from "./progress.js";
import { run } from "./run.js";

/** What comes from the distribution rather than from a registry of packages. */
export interface SystemPackage {
  /** Its name in Debian and Ubuntu. */
  readonly name: string;
  readonly purpose: string;
  isInstalled(): boolean;
}

export const systemPackages: readonly SystemPackage[] = [
  { name: "runc", purpose: "runs build steps", isInstalled: () => findProgram("runc") !== undefined },
  { name: "qemu-user-static", purpose: "runs the other platform's programs", isInstalled: () => existsSync(qemuPath) },
  { name: "python3-pip", purpose: "fetches locked Python packages", isInstalled: hasPip },
];

/** By its programs: asking Python would take longer than all else here. */
function hasPip(): boolean {
  return findProgram("python3") !== undefined && (findProgram("pip3") ?? findProgram("pip")) !== undefined;
}

/**
 * Makes sure of all of them and of emulation. Installs with apt what is missing where that is possible; otherwise throws with
 * the one command to type. Also refuses a user who is not root: BuildKit's daemon mounts.
 */
export async function ensureSystem(): Promise<Emulation> {
  const missing = systemPackages.filter((it) => !it.isInstalled()).map((it) => it.name);
  const problems = systemProblems(missing, machineRights());
  if (problems.length > 0) throw new ProblemsError("this machine", problems);
  if (missing.length > 0) await installWithProgress(missing);
  return ensureEmulation();
}

/** Makes sure of pip alone, for what neither builds nor runs images. */
export async function ensurePip(): Promise<void> {
  if (hasPip()) return;
  const problems = installProblems(["python3-pip"], machineRights());
  if (problems.length > 0) throw new ProblemsError("this machine", problems);
  await installWithProgress(["python3-pip"]);
}

/** What decides whether we can install and mount. */
export interface MachineRights {
  readonly root: boolean;
  /** Whether apt-get is there. */
  readonly apt: boolean;
}

export function machineRights(): MachineRights {
  return { root: process.getuid?.() === 0, apt: findProgram("apt-get") !== undefined };
}

/** What stands in the way of installing `missing`, and of running BuildKit. */
export function systemProblems(missing: readonly string[], rights: MachineRights): readonly Problem[] {
  const problems = installProblems(missing, rights);
  if (rights.root) return problems;
  const remedy = "Run the command as root, e.g. sudo -E npm run up";
  return [...problems, machineProblem("user", "BuildKit's daemon needs root: it mounts file systems", remedy)];
}

function installProblems(missing: readonly string[], { root, apt }: MachineRights): readonly Problem[] {
  if (missing.length === 0 || (root && apt)) return [];
  return [machineProblem(missing.join(", "), "not installed", installRemedy(missing, apt))];
}

function installRemedy(missing: readonly string[], apt: boolean): string {
  if (apt) return `sudo apt-get install --yes ${missing.join(" ")}`;
  return `Install ${missing.join(" and ")} with your distribution's package manager.`;
}

function installWithProgress(packages: readonly string[]): Promise<void> {
  return withProgress(`installing ${packages.join(" and ")}`, () => install(packages));
}

async function install(packages: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...args: string[]) =>
    run("apt-get", ["--quiet", "--option", "DPkg::Lock::Timeout=300", ...args], { env });
  const installing = ["install", "--yes", "--no-install-recommends", ...packages];
  let result = await apt(...installing);
  // A fresh machine or container has no package lists.
  if (result.code !== 0 && (await apt("update")).code === 0) result = await apt(...installing);
  if (result.code === 0) return;
  const tail = `${result.stdout}${result.stderr}`.trimEnd().split("\n").slice(-6).join("\n   | ");
  const remedy = `Try it by hand: apt-get update && apt-get install --yes ${packages.join(" ")}`;
  throw new ProblemsError("this machine", [
    machineProblem(packages.join(", "), `apt-get could not install it:\n   | ${tail}`, remedy),
  ]);
}
