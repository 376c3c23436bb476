import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { machineError } from "../machine/machine-problem.js";
import { secretKeys } from "./stack-config.js";
import type { Workspace } from "./workspace.js";

/**
 * Gives every build secret that the stack has no value for a random one, so that a fresh clone builds. Values are
 * encrypted in the private stack file and pass through no argument list.
 */
export function ensureSecrets(workspace: Workspace, ids: readonly string[], tell: (line: string) => void): void {
  const { configFile, env, pulumi, root } = workspace;
  const known = new Set(secretKeys(readFileSync(configFile, "utf8")));
  for (const id of ids) {
    const key = `secret:${id}`;
    if (known.has(key)) continue;
    const args = ["config", "set", "--secret", key, "--config-file", configFile, "--non-interactive"];
    const input = randomBytes(24).toString("base64url");
    const { status, stderr, error } = spawnSync(pulumi, args, { cwd: root, env, input, encoding: "utf8" });
    const remedy = `Set it: npm run -s pulumi -- config set --secret ${key} VALUE`;
    if (status !== 0) throw machineError(key, `cannot be set:\n${error?.message ?? stderr}`, remedy);
    tell(`Made up a value for the build secret "${id}". ${remedy}`);
  }
}
