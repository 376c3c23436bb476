import { killAll, livingPids, readProc } from "../machine/processes.js";
import { run } from "../machine/run.js";

/** Set in the environment of every service, so that what a killed one left behind can be told from everything else. */
export const MARKER = "IMAGE_FACTORY_SERVICE";

/**
 * Ends what a service that is not running any more left behind: its own children, which carry `marker`, and build
 * containers, whose root lies below the service's `data` folder. Then unmounts what is still mounted below it.
 */
export async function endLeftovers(marker: string, data: string): Promise<void> {
  await killAll(livingPids().filter((pid) => pid !== process.pid && (isMarked(pid, marker) || isContainer(pid, data))));
  for (const point of mountPointsBelow(data, readProc("/proc/self/mountinfo") ?? "")) {
    await run("umount", ["--lazy", point]);
  }
}

function isMarked(pid: number, marker: string): boolean {
  return (readProc(`/proc/${pid}/environ`) ?? "").split("\0").includes(`${MARKER}=${marker}`);
}

function isContainer(pid: number, data: string): boolean {
  return hasRootBelow(data, readProc(`/proc/${pid}/mountinfo`) ?? "");
}

/** Whether a process with this mountinfo has a root that comes from below `folder` (an overlay names its layers). */
export function hasRootBelow(folder: string, mountinfo: string): boolean {
  return mountinfo.split("\n").some((line) => line.split(" ")[4] === "/" && line.includes(`${folder}/`));
}

/** Mount points below `folder`, the deepest first. Mountinfo writes white space as octal escapes. */
export function mountPointsBelow(folder: string, mountinfo: string): readonly string[] {
  const points: string[] = [];
  for (const line of mountinfo.split("\n")) {
    const point = line
      .split(" ")[4]
      ?.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    if (point?.startsWith(`${folder}/`)) points.push(point);
  }
  return points.sort((a, b) => b.length - a.length);
}
