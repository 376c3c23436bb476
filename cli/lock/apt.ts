import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { DebianArchive } from "../../provider/pool/debian-archive.js";
import { controlField } from "../../provider/pool/debian-package.js";

const run = promisify(execFile);

/** apt's own words, for a call that failed. */
export class AptError extends Error {
  override readonly name = "AptError";

  constructor(
    command: string,
    readonly output: string,
    /** What it had written before it failed. */
    readonly stdout: string,
    /** True where this machine has no apt at all. */
    readonly missing = false,
  ) {
    super(`${command}: ${output}`);
  }
}

/** The version of a package that would be installed, and the virtual packages that it stands for. */
export interface AptCandidate {
  readonly version: string;
  readonly provides: string;
}

/** A package as the solver chose it. */
export interface AptChoice {
  readonly uri: string;
  readonly size: number;
  readonly sha256: string;
}

/**
 * apt with everything private: lists, installed packages, sources and cache of its own, for one suite and several
 * architectures. Needs no rights. Only the host's ways out (proxies, certificates) are taken from its configuration.
 */
export class PrivateApt {
  private constructor(private readonly directory: string) {}

  /**
   * Makes the private root in `directory` and fetches the suite's lists, whose signatures apt checks; a directory made
   * by an earlier call is used as it is.
   */
  static async open(
    directory: string,
    suite: string,
    archive: DebianArchive,
    architectures: readonly string[],
  ): Promise<PrivateApt> {
    const apt = new PrivateApt(directory);
    const complete = path.join(directory, "lists-complete");
    if (existsSync(complete)) return apt;
    await mkdir(path.join(directory, "lists", "partial"), { recursive: true });
    await mkdir(path.join(directory, "cache", "archives", "partial"), { recursive: true });
    const signed = archive.keyring === undefined ? "" : `[signed-by=${archive.keyring}] `;
    const sources = [
      [archive.mirror, suite],
      [archive.mirror, `${suite}-updates`],
      [archive.securityMirror, `${suite}-security`],
    ].map(([uri, name]) => `deb ${signed}${uri} ${name} main\n`);
    await writeFile(path.join(directory, "sources.list"), sources.join(""));
    await apt.configure(architectures);
    // Without it, lists that fail to download only warn, and the solver works on less.
    await apt.call("apt-get", ["-o", "APT::Update::Error-Mode=any", "update"]);
    await writeFile(complete, "");
    return apt;
  }

  /** From here on apt is a machine of one architecture, on which the packages of `status` (dpkg's form) are installed. */
  async become(architecture: string, status: string): Promise<void> {
    await this.configure([architecture]);
    await writeFile(path.join(this.directory, "status"), status);
  }

  /** Of each of the names, what would be installed; names that apt does not know, or only as virtual, are left out. */
  async candidates(names: readonly string[]): Promise<ReadonlyMap<string, AptCandidate>> {
    const candidates = new Map<string, AptCandidate>();
    for (const record of (await this.show(names)).split("\n\n")) {
      const field = (name: string): string => controlField(record, name) ?? "";
      if (field("Package") === "") continue;
      candidates.set(field("Package"), { version: field("Version"), provides: field("Provides") });
    }
    return candidates;
  }

  /** apt-cache fails where one of the names is unknown, and prints the others all the same. */
  private async show(names: readonly string[]): Promise<string> {
    try {
      return await this.call("apt-cache", ["show", "--no-all-versions", ...names]);
    } catch (error) {
      if (error instanceof AptError && !error.missing) return error.stdout;
      throw error;
    }
  }

  async knownNames(): Promise<readonly string[]> {
    return (await this.call("apt-cache", ["pkgnames"])).split("\n").filter(Boolean);
  }

  /** What has to be installed for these packages, without recommendations; nothing is upgraded or removed for it. */
  async solve(names: readonly string[]): Promise<readonly AptChoice[]> {
    const output = await this.call("apt-get", [
      "install",
      "--yes",
      "--no-remove",
      "--print-uris",
      "--quiet=2",
      ...names,
    ]);
    return [...output.matchAll(/^'([^']+)' \S+ (\d+) SHA256:([0-9a-f]{64})$/gm)].map(
      ([, uri = "", size = "", sha256 = ""]) => ({ uri, size: Number(size), sha256 }),
    );
  }

  private async configure(architectures: readonly string[]): Promise<void> {
    const [own = ""] = architectures;
    await writeFile(path.join(this.directory, "status"), "", { flag: "a" });
    await writeFile(
      path.join(this.directory, "apt.conf"),
      `#clear APT::Architectures;
APT::Architecture "${own}";
APT::Architectures { ${architectures.map((name) => `"${name}";`).join(" ")} };
APT::Install-Recommends "false";
APT::Sandbox::User "";
Acquire::ForceHash "SHA256";
Acquire::Languages "none";
Debug::NoLocking "true";
Dir::State "${this.directory}";
Dir::State::Lists "${this.directory}/lists";
Dir::State::status "${this.directory}/status";
Dir::Cache "${this.directory}/cache";
Dir::Etc::SourceList "${this.directory}/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
#clear Acquire::IndexTargets::deb::DEP-11;
#clear Acquire::IndexTargets::deb::DEP-11-icons;
#clear Acquire::IndexTargets::deb::DEP-11-icons-small;
`,
    );
  }

  private async call(command: string, args: readonly string[]): Promise<string> {
    const configuration = path.join(this.directory, "apt.conf");
    try {
      const { stdout } = await run(command, ["-c", configuration, ...args], {
        maxBuffer: 64 << 20,
        env: { ...process.env, LC_ALL: "C" },
      });
      return stdout;
    } catch (error) {
      if (isMissingCommand(error)) throw new AptError(command, "is not on PATH", "", true);
      const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
      const said = `${stdout}\n${stderr}`
        .split("\n")
        .filter((line) => /^(E:|W:|The following|Some packages| {1,}\S)/.test(line));
      throw new AptError(`${command} ${args.join(" ")}`, said.join("\n") || String(error), stdout);
    }
  }
}

function isMissingCommand(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
