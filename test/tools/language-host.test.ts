import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { engineProcesses, withEngine } from "../../tools/engine/claim.js";
import type { EngineEvent } from "../../tools/engine/events.js";
import { Outcome, type Trouble } from "../../tools/engine/outcome.js";
import { runEngine } from "../../tools/engine/run-engine.js";
import { prepareWorkspace, type Workspace } from "../../tools/engine/workspace.js";
import { projectRoot } from "../../tools/project.js";
import { ensureToolchain } from "../../tools/toolchain/toolchain.js";

/** The real engine, with a program and a policy pack of this test's own. */
describe("the language host", () => {
  let root: string;
  let pulumi: string;

  before(async () => {
    pulumi = (await ensureToolchain(["pulumi"])).program("pulumi");
    root = mkdtempSync(join(tmpdir(), "image-factory-test-host-"));
    cpSync(join(projectRoot, "test/fixtures/language-host"), root, { recursive: true });
    symlinkSync(join(projectRoot, "node_modules"), join(root, "node_modules"));
  });

  after(() => rmSync(root, { recursive: true, force: true }));

  function workspace(config: Readonly<Record<string, string>> = {}): Workspace {
    const host = join(projectRoot, "tools/bin/pulumi-language-nodejs");
    const options = { root, dataDir: join(root, ".factory"), pulumi, plugins: { "language-nodejs-v3.259.0": host } };
    return prepareWorkspace(options, config);
  }

  async function run(
    operation: "up" | "preview",
    config: Readonly<Record<string, string>>,
    ...args: readonly string[]
  ): Promise<{
    code: number;
    outputs: unknown;
    troubles: readonly Trouble[];
    warnings: readonly string[];
    debug: readonly string[];
  }> {
    const outcome = new Outcome([], operation === "preview", Date.now);
    const warnings: string[] = [];
    const debug: string[] = [];
    let outputs: unknown;
    const take = (event: EngineEvent) => {
      outcome.take(event);
      const { diagnosticEvent, resOutputsEvent } = event;
      if (diagnosticEvent?.severity === "warning") warnings.push(diagnosticEvent.message);
      if (diagnosticEvent?.severity === "debug") debug.push(diagnosticEvent.message);
      const step = resOutputsEvent?.metadata;
      if (step?.type === "pulumi:pulumi:Stack") outputs = step.new?.outputs;
    };
    const stack = workspace(config);
    const { code, text } = await withEngine(stack, assert.fail, () => runEngine(stack, operation, args, take));
    assert.equal(text, "");
    assert.deepEqual(engineProcesses(stack), [], "processes are left");
    return { code, outputs, troubles: outcome.troubles, warnings, debug };
  }

  const urn = "urn:pulumi:local::language-host::test:index:Thing::thing";

  it("runs a program in its folder, without a warning", async () => {
    const { code, outputs, warnings } = await run("up", {}, "--yes", "--skip-preview");
    assert.equal(code, 0);
    assert.deepEqual(outputs, { urn, directory: root });
    assert.deepEqual(warnings, []);
  });

  it("runs it twice in one up: preview, then update", async () => {
    const { code, outputs, troubles } = await run("up", { "test:name": "other" }, "--yes");
    assert.deepEqual(troubles, []);
    assert.equal(code, 0);
    assert.deepEqual(outputs, { urn: urn.replace("thing", "other"), directory: root });
  });

  it("previews", async () => {
    assert.equal((await run("preview", {})).code, 0);
  });

  it("passes the SDK's debug messages on where the engine shows them", async () => {
    const ofRegistering = (message: string) => message.includes("RegisterResource RPC finished");
    const { debug } = await run("preview", {}, "--debug");
    assert.equal(debug.filter(ofRegistering).length, 2, "the stack and the thing");
    assert.deepEqual((await run("preview", {})).debug, []);
  });

  it("runs a policy pack, and what it refuses fails the up with nothing else said", async () => {
    const { code, troubles } = await run("up", { "test:name": "forbidden" }, "--yes", "--policy-pack", "policy-pack");
    assert.equal(code, 1);
    assert.deepEqual(troubles, [
      { id: "forbidden", kind: "policy", text: '"forbidden" is taken. Choose another name. [names]' },
    ]);
  });

  it("lets through what the policy pack finds right", async () => {
    const { code, troubles } = await run("up", {}, "--yes", "--skip-preview", "--policy-pack", "policy-pack");
    assert.deepEqual(troubles, []);
    assert.equal(code, 0);
  });

  it("tells an error that is meant for its user without a stack", async () => {
    const { code, troubles } = await run("up", { "test:fault": "for its user" }, "--yes", "--skip-preview");
    assert.equal(code, 1);
    assert.deepEqual(troubles, [{ id: "", kind: "program", text: "2 problems in the catalogue" }]);
  });

  for (const [fault, message] of [
    ["thrown", "Error: thrown at once"],
    ["later", "Error: thrown later"],
    ["in apply", "Error: thrown in apply"],
  ] as const) {
    it(`fails the up where the program fails (${fault}), once and with a stack`, async () => {
      const { code, troubles } = await run("up", { "test:fault": fault }, "--yes", "--skip-preview");
      assert.equal(code, 1);
      assert.equal(troubles.length, 1);
      assert.equal(troubles[0]?.kind, "crash");
      assert.match(troubles[0]?.text ?? "", new RegExp(`^The program failed: ${message}\n +at `));
    });
  }

  it("says how to get the program's dependencies", () => {
    const { env } = workspace();
    assert.match(execFileSync(pulumi, ["install"], { cwd: root, env, encoding: "utf8" }), /npm ci/);
  });

  it("leaves secrets and their salt out of the committed stack file", () => {
    const file = join(root, "Pulumi.local.yaml");
    writeFileSync(file, "config:\n  test:name: committed\n");
    const { configFile, env } = workspace();
    const set = ["config", "set", "--secret", "secret:token", "--config-file", configFile];
    execFileSync(pulumi, set, { cwd: root, env, input: "hush" });
    const after = workspace();
    const get = ["config", "get", "secret:token", "--config-file", after.configFile];
    assert.equal(execFileSync(pulumi, get, { cwd: root, env, encoding: "utf8" }).trim(), "hush");
    assert.equal(readFileSync(file, "utf8"), "config:\n  test:name: committed\n");
    rmSync(file);
  });
});
