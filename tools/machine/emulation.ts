import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDir } from "../project.js";
import { run } from "./run.js";

/**
 * How processes of the other platform run on this machine.
 * `binfmt`: the kernel starts the emulator, for child processes too.
 * `buildkit`: BuildKit starts it for the first process of a step; what that one starts in its turn fails, because
 * Debian's QEMU does not carry BuildKit's patch of execve.
 */
export type Emulation = "binfmt" | "buildkit" | "none";

interface Foreign {
  readonly platform: "linux/arm64" | "linux/amd64";
  /** The architecture's name in QEMU. */
  readonly name: string;
  /** ELF's e_machine, little-endian, in binfmt_misc's notation. */
  readonly machine: string;
}

/** The one of our two platforms that this machine does not run by itself. */
export const foreign: Foreign =
  process.arch === "arm64"
    ? { platform: "linux/amd64", name: "x86_64", machine: "\\x3e\\x00" }
    : { platform: "linux/arm64", name: "aarch64", machine: "\\xb7\\x00" };

export const qemuPath = `/usr/bin/qemu-${foreign.name}-static`;
const BINFMT = "/proc/sys/fs/binfmt_misc";

/** Goes on the PATH of buildkitd. */
export const emulatorFolder = join(cacheDir, "emulation");

export function emulationInUse(): Emulation {
  if (isRegistered()) return "binfmt";
  return existsSync(qemuPath) ? "buildkit" : "none";
}

/** Makes the best of what is installed: registers QEMU with the kernel where that is allowed. Needs no network. */
export async function ensureEmulation(): Promise<Emulation> {
  if (existsSync(qemuPath)) linkEmulator();
  if (!isRegistered() && existsSync(qemuPath) && process.getuid?.() === 0) await register();
  return emulationInUse();
}

/** Under the name by which BuildKit looks for it. */
function linkEmulator(): void {
  mkdirSync(emulatorFolder, { recursive: true });
  try {
    symlinkSync(qemuPath, join(emulatorFolder, `buildkit-qemu-${foreign.name}`));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

async function register(): Promise<void> {
  if (!existsSync(join(BINFMT, "register"))) await run("mount", ["-t", "binfmt_misc", "binfmt_misc", BINFMT]);
  try {
    writeFileSync(join(BINFMT, "register"), registration());
  } catch {
    // A container without the right to: BuildKit's own way is left, and `doctor` says what that cannot do.
  }
}

/**
 * As systemd's binfmt.d(5) takes it: an ELF header of that machine, executable or shared object. F holds the emulator
 * open, so that it works in containers, which do not have its file; P keeps argv[0]; C the rights of the program.
 */
function registration(): string {
  const magic = `\\x7fELF\\x02\\x01\\x01${"\\x00".repeat(9)}\\x02\\x00${foreign.machine}`;
  const mask = `${"\\xff".repeat(7)}\\x00${"\\xff".repeat(8)}\\xfe\\xff\\xff\\xff`;
  return `:qemu-${foreign.name}:M::${magic}:${mask}:${qemuPath}:POCF`;
}

/** Whoever registered an emulator of that architecture, under whatever name: what counts is its ELF machine. */
function isRegistered(): boolean {
  if (!existsSync(join(BINFMT, "register"))) return false;
  const entries = readdirSync(BINFMT).filter((entry) => entry !== "register" && entry !== "status");
  const machine = foreign.machine.replaceAll("\\x", "");
  return entries.some((entry) => {
    const text = readFileSync(join(BINFMT, entry), "utf8");
    return text.startsWith("enabled") && text.includes(`magic 7f454c460201`) && text.includes(`0200${machine}\n`);
  });
}
