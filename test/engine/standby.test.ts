import assert from "node:assert/strict";
import { chmodSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import path from "node:path";
import { withEngine } from "../../tools/engine/claim.js";
import { type EngineResult, runEngine } from "../../tools/engine/run-engine.js";
import { Standby } from "../../tools/engine/standby.js";
import type { Workspace } from "../../tools/engine/workspace.js";
import { killAll, livingPids, readProc } from "../../tools/machine/processes.js";
import { TestProject } from "../support/project.js";
import { useServices } from "../support/with-services.js";

const broken = "#!/bin/sh\necho it was started all the same >&2\nexit 1\n";

/** Sockets on which a process listens, by the inodes of /proc/net/tcp. */
function listening(pid: number): readonly string[] {
  const lines = readFileSync("/proc/net/tcp", "utf8").trim().split("\n").slice(1);
  const sockets = lines.map((line) => line.trim().split(/\s+/)).filter(([, , , state]) => state === "0A");
  const own = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  return sockets.map((fields) => `socket:[${fields[9]}]`).filter((socket) => own.includes(socket));
}

describe("a standby for the engine", () => {
  let project: TestProject;
  let workspace: Workspace;
  let standby: Standby;
  // Before the project's folder is removed.
  after(() => standby.stop());
  const services = useServices({ tools: ["crane", "pulumi", "docker-build"] });

  before(() => {
    project = new TestProject(services(), "standby");
    project.write({
      "images/app/Dockerfile": "FROM scratch\nCOPY payload /payload\nUSER 65532:65532\n",
      "images/app/image.yaml": "platforms: [linux/amd64]\n",
      "images/app/payload": "1",
    });
    project.commit();
    workspace = project.workspace();
    standby = new Standby(workspace);
  });

  it("lets the engine start its own processes where one that waited is gone", async () => {
    await standby.prepare();
    const { code, text } = await up(() => killAll(waiting()));
    assert.equal(code, 0, text);
  });

  it("has ended what served a run, and waits anew", async () => {
    await standby.prepare();
    const before = waiting();
    assert.equal(before.length, 1);
    assert.deepEqual(before.flatMap(listening), [], "it listens already");
    const { code, text } = await up();
    assert.equal(code, 0, text);
    await standby.prepare();
    const after = waiting();
    assert.equal(after.length, 1);
    assert.notDeepEqual(after, before);
  });

  it("is what a run's program, policies and provider run in", async () => {
    project.remove("provider");
    const programs = [
      path.join(project.root, ".factory/pulumi-home/plugins/language-nodejs-v3.259.0/pulumi-language-nodejs"),
      path.join(project.root, "provider/pulumi-resource-factory"),
    ];
    for (const program of programs) {
      const name = path.relative(project.root, program);
      if (!name.startsWith("provider")) project.remove(name);
      project.write({ [name]: broken });
      chmodSync(program, 0o755);
    }
    const { code, text } = await up();
    assert.equal(code, 0, text);
    await standby.stop();
    const without = await up();
    assert.notEqual(without.code, 0, "the engine's own processes are broken");
  });

  /** @param meanwhile happens while they wait */
  async function up(meanwhile: () => Promise<void> = async () => {}): Promise<EngineResult> {
    const args = ["--yes", "--skip-preview", "--policy-pack", "policy-pack"];
    const said: string[] = [];
    const result = await withEngine(
      workspace,
      () => {},
      async () => {
        await meanwhile();
        return standby.use((variables) =>
          runEngine({ ...workspace, env: { ...workspace.env, ...variables } }, "up", args, (event) =>
            said.push(JSON.stringify(event)),
          ),
        );
      },
    );
    return { ...result, text: [...said, result.text].join("\n") };
  }

  /** The language host; it alone names the project. */
  function waiting(): readonly number[] {
    return livingPids().filter((pid) => {
      const command = readProc(`/proc/${pid}/cmdline`)?.split("\0") ?? [];
      return command.includes("--standby") && command.includes(project.root);
    });
  }
});
