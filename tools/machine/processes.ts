import { readdirSync, readFileSync } from "node:fs";

/** A process, told apart from a later one that got the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Boot id and start time in clock ticks since boot, from /proc. */
  readonly started: string;
}

export interface ProcessStat {
  /** One letter as in proc(5); Z is a zombie, X is dead. */
  readonly state: string;
  readonly group: number;
  /** Clock ticks since boot. */
  readonly startTicks: string;
}

/** Reads the text of `/proc/<pid>/stat` (proc_pid_stat(5)); the program's name in it may hold spaces and brackets. */
export function parseStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "X", group: Number(fields[2]), startTicks: fields[19] ?? "" };
}

function statOf(pid: number): ProcessStat | undefined {
  const text = readProc(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const stat = parseStat(text);
  // In a container whose first process does not reap, the dead stay zombies for good.
  return stat.state === "Z" || stat.state === "X" ? undefined : stat;
}

export function identify(pid: number): ProcessIdentity | undefined {
  const stat = statOf(pid);
  if (stat === undefined) return undefined;
  const boot = (readProc("/proc/sys/kernel/random/boot_id") ?? "").trim();
  return { pid, started: `${boot}/${stat.startTicks}` };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.started === identity.started;
}

export function livingPids(): readonly number[] {
  const numbers = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  return numbers.map(Number).filter((pid) => statOf(pid) !== undefined);
}

/** Ends a process group: SIGTERM, and SIGKILL after `graceMs`. Resolves when no member is left. */
export async function endGroup(group: number, graceMs: number): Promise<void> {
  const members = () => livingPids().filter((pid) => statOf(pid)?.group === group);
  signal(-group, "SIGTERM");
  if (await becomesEmpty(members, graceMs)) return;
  signal(-group, "SIGKILL");
  await becomesEmpty(members, 10_000);
}

/** Kills at once what has no way to end in order. Resolves when none is left. */
export async function killAll(pids: readonly number[]): Promise<void> {
  for (const pid of pids) signal(pid, "SIGKILL");
  await becomesEmpty(() => pids.filter((pid) => statOf(pid) !== undefined), 10_000);
}

/** The text of a file below /proc; undefined where its process is gone or may not be looked at. */
export function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function signal(target: number, name: NodeJS.Signals): void {
  try {
    process.kill(target, name);
  } catch {
    // It ended by itself before the signal came.
  }
}

async function becomesEmpty(members: () => readonly number[], limitMs: number): Promise<boolean> {
  const deadline = Date.now() + limitMs;
  while (members().length > 0) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}
