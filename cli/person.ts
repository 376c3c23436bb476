import { execFileSync } from "node:child_process";
import { userInfo } from "node:os";
import { projectRoot } from "../tools/project.js";

/** Who runs a command, as git knows them. */
export function person(): string {
  try {
    const name = execFileSync("git", ["config", "user.name"], { cwd: projectRoot, encoding: "utf8" }).trim();
    if (name !== "") return name;
  } catch {
    // No name is set, or there is no git.
  }
  return userInfo().username;
}

/** ISO 8601, UTC, seconds. */
export function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}
