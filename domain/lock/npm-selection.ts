import type { Platform } from "../catalogue/types.js";
import type { Checked, Problem } from "../problems.js";
import { placeOf } from "../yaml/document.js";
import type { NpmEntry, NpmLockfile } from "./npm-lockfile.js";
import { fits, type NpmPlatform, npmPlatform } from "./npm-platform.js";

/** One package to install, at its path in the lockfile. */
export interface SelectedPackage {
  readonly path: string;
  readonly name: string;
  readonly version: string;
  /** Subresource integrity; holds a sha512. */
  readonly integrity: string;
  /** True where only the build needs it. */
  readonly development: boolean;
}

/** Names of packages that may be what is refused otherwise, as `packages.yaml` excuses them. */
export type NpmExcuses = Readonly<Record<NpmFault, readonly string[]>>;

/** What can be excused: an install script that does not run, no part for a platform. */
export type NpmFault = "withoutScript" | "incomplete";

export interface NpmSelection extends Checked<readonly SelectedPackage[]> {
  /** The excuses that were needed. */
  readonly excused: NpmExcuses;
}

const noExcuses: NpmExcuses = { withoutScript: [], incomplete: [] };

/**
 * What `npm ci` would install on a platform, by path: all that the application reaches through dependencies that fit.
 * An optional dependency that does not fit is left out together with all that only it needs.
 */
export function selectPackages(lockfile: NpmLockfile, platform: Platform, excuses = noExcuses): NpmSelection {
  const root = lockfile.packages.get("") ?? {};
  const walk = new Walk(lockfile, npmPlatform(platform), platform, excuses);
  walk.from("", { ...root.peerDependencies, ...root.dependencies }, root.optionalDependencies);
  const production = new Set(walk.reached);
  walk.from("", root.devDependencies, {});
  const value: SelectedPackage[] = [];
  for (const path of [...walk.reached].sort()) {
    const entry = lockfile.packages.get(path) ?? {};
    const { version, integrity } = entry;
    if (entry.inBundle === true || version === undefined || integrity === undefined) continue;
    value.push({ path, name: nameOf(path, entry), version, integrity, development: !production.has(path) });
  }
  return { value, problems: walk.problems, excused: walk.excused };
}

class Walk {
  readonly reached = new Set<string>();
  readonly problems: Problem[] = [];
  readonly excused: Record<NpmFault, string[]> = { withoutScript: [], incomplete: [] };

  constructor(
    private readonly lockfile: NpmLockfile,
    private readonly target: NpmPlatform,
    private readonly platform: Platform,
    private readonly excuses: NpmExcuses,
  ) {}

  from(path: string, required: NpmEntry["dependencies"] = {}, optional: NpmEntry["dependencies"] = {}): void {
    for (const name of Object.keys(optional)) this.visit(path, name, true);
    // npm lists an optional dependency under both names in some lockfiles; optional counts.
    for (const name of Object.keys(required)) if (!(name in optional)) this.visit(path, name, false);
  }

  private visit(from: string, name: string, optional: boolean): void {
    const path = this.resolve(from, name);
    if (path === undefined) {
      if (!optional)
        this.add(from, `${from || "package.json"} depends on ${name}, which the lockfile lacks.`, regenerate);
      return;
    }
    const entry = this.lockfile.packages.get(path) ?? {};
    if (!fits(entry, this.target)) {
      if (!optional) this.add(path, `${path} does not run on ${this.platform} (${describe(entry)}).`, narrow);
      return;
    }
    if (this.reached.has(path)) return;
    this.reached.add(path);
    if (entry.hasInstallScript === true)
      this.fault(
        "withoutScript",
        path,
        `${path} needs an install script; none ever runs here, so what it downloads or makes would be missing.`,
        prebuilt,
      );
    this.checkParts(path, entry);
    this.from(path, entry.dependencies, entry.optionalDependencies);
    for (const peer of Object.keys(entry.peerDependencies ?? {})) {
      // A peer that is optional, or that `legacy-peer-deps` left out, is simply not there.
      if (this.resolve(path, peer) !== undefined) this.visit(path, peer, false);
    }
  }

  /**
   * Programs come as optional packages, one for each platform, and npm leaves what the registry lacks out of a lockfile
   * without a word: an image would be built that has the launcher alone.
   */
  private checkParts(path: string, { optionalDependencies = {} }: NpmEntry): void {
    const absent: string[] = [];
    let forOthers = false;
    for (const name of Object.keys(optionalDependencies)) {
      const part = this.resolve(path, name);
      if (part === undefined) absent.push(name);
      else if (fits(this.lockfile.packages.get(part) ?? {}, this.target)) return;
      else forOthers = true;
    }
    if (!forOthers || absent.length === 0) return;
    const message = `${path} has no part for ${this.platform}: the lockfile lacks ${absent.join(", ")}.`;
    this.fault("incomplete", path, message, complete);
  }

  private fault(kind: NpmFault, path: string, message: string, remedy: string): void {
    const name = nameOf(path, this.lockfile.packages.get(path) ?? {});
    if (this.excuses[kind].includes(name)) this.excused[kind].push(name);
    else this.add(path, message, `${remedy} Or name ${name} under npm.${kind} of packages.yaml, with the reason.`);
  }

  /** Node's own search: in the package's node_modules, then in those of the folders above it. */
  private resolve(from: string, name: string): string | undefined {
    for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("node_modules/") - 1))) {
      const path = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
      if (this.lockfile.packages.has(path)) return path;
      if (folder === "") return undefined;
    }
  }

  private add(path: string, message: string, remedy: string): void {
    this.problems.push({ place: placeOf(this.lockfile.document, ["packages", path]), message, remedy });
  }
}

const regenerate =
  "Delete the lockfile and make it again with `npm install --package-lock-only --omit-lockfile-registry-resolved`.";
const narrow = "Depend on a version that supports the platform, or take the platform out of the image's `platforms`.";
const prebuilt =
  "Use a version or another package that ships what it needs prebuilt (as optional packages for each platform).";

const complete =
  "npm leaves out what the registry does not have: make the lockfile again where it does, or take another version.";

function nameOf(path: string, entry: NpmEntry): string {
  return entry.name ?? path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
}

function describe({ os, cpu, libc }: NpmEntry): string {
  const parts = Object.entries({ os, cpu, libc }).filter(([, value]) => value !== undefined);
  return parts.map(([key, value]) => `${key}: ${[value].flat().join(", ")}`).join("; ");
}
