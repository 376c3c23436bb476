import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { machineError } from "./machine-problem.js";

/** Folders of system programs that a plain user's PATH often lacks. */
const SYSTEM_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** The absolute path of a program on PATH, or in a folder of system programs. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter).filter(Boolean), ...SYSTEM_FOLDERS];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

export function requireProgram(name: string, remedy: string): string {
  const path = findProgram(name);
  if (path === undefined) throw machineError(name, "not found on PATH", remedy);
  return path;
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
