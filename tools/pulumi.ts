import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { secretIds } from "../domain/plan/secrets.js";
import { loadProject } from "../domain/project/load.js";
import { pulumiCommand } from "./engine/arguments.js";
import { withEngine } from "./engine/claim.js";
import { localSettings, openLocalStack, openLocalState } from "./engine/local-stack.js";
import { ensureSecrets } from "./engine/secrets.js";
import { secretKeys } from "./engine/stack-config.js";
import type { Workspace } from "./engine/workspace.js";
import { main } from "./main.js";
import { projectRoot } from "./project.js";

/** `npm run -s pulumi -- ARGS`: the plain Pulumi CLI on the stack `local`, with everything that it needs. */
main(async () => {
  const given = process.argv.slice(2);
  const state = await openLocalState();
  const keys = secretKeys(readFileSync(state.configFile, "utf8"));
  const { args, operates } = pulumiCommand(given, state.configFile, keys);
  if (!operates) {
    process.exitCode = await runCli(state, args);
    return;
  }
  const settings = await localSettings({});
  const workspace = await openLocalStack(settings, {});
  // What is wrong with the project is for the program to say.
  const { plan } = (await loadProject(projectRoot, settings, new Date().toISOString().slice(0, 10))).value;
  const tell = (line: string) => console.error(line);
  process.exitCode = await withEngine(workspace, tell, () => {
    ensureSecrets(workspace, secretIds(plan), tell);
    return runCli(workspace, args);
  });
});

function runCli({ env, pulumi, root }: Workspace, args: readonly string[]): Promise<number> {
  // The terminal's Ctrl-C reaches the CLI itself; we wait for what it makes of it.
  process.on("SIGINT", () => {});
  return new Promise((resolve, reject) => {
    const child = spawn(pulumi, args, { cwd: root, env, stdio: "inherit" });
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 130));
  });
}
