import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { livingPids, readProc } from "../../../tools/machine/processes.js";
import { run } from "../../../tools/machine/run.js";
import { servicesStatus, startServices, stopServices } from "../../../tools/services/local-services.js";
import { freePort } from "../../../tools/services/ports.js";
import { ensureToolchain } from "../../../tools/toolchain/toolchain.js";
import { type TestServices, useServices, withServices } from "../../support/with-services.js";

describe("local services", () => {
  const services = useServices();
  const restart = (registryPort = 0) =>
    startServices({ dataDir: services().dataDir, registryPort, builder: "test", toolchain: services().toolchain });

  it("are a registry and a builder", async () => {
    await pushSomething(services());
    const bake = await build(services());
    assert.equal(bake.code, 0, bake.stderr);
  });

  it("that are well are used again", async () => {
    assert.deepEqual((await restart()).pids, services().pids);
  });

  it("come back after a kill -9 of each, at the same address and with what they stored", async () => {
    const { dataDir, pids, registry } = services();
    const temporary = join(dataDir, "buildkit", "temporary");
    assert.ok(readProc(`/proc/${pids.buildkitd}/environ`)?.split("\0").includes(`TMPDIR=${temporary}`));
    mkdirSync(join(temporary, "buildkit-mount1"));
    for (const pid of Object.values(pids)) process.kill(pid, "SIGKILL");
    const again = await restart();
    assert.deepEqual(readdirSync(temporary), [], "folders of mounts are left");
    assert.equal(again.registry, registry);
    assert.notDeepEqual(again.pids, pids);
    const tags = await run(services().toolchain.program("crane"), ["ls", `${registry}/something`]);
    assert.equal(tags.stdout, "latest\n");
    assert.equal((await build(services())).code, 0);
  });

  it("leave no build step behind when the builder is killed in the middle of one", async () => {
    const step = await startEndlessStep(services());
    try {
      assert.notDeepEqual(containersOf(services().dataDir), []);
      const buildkitd = (await servicesStatus(services().dataDir)).find(({ name }) => name === "buildkitd");
      assert.ok(buildkitd?.pid);
      process.kill(buildkitd.pid, "SIGKILL");
      await once(step, "close");
      await restart();
      assert.deepEqual(containersOf(services().dataDir), []);
    } finally {
      step.kill("SIGKILL");
    }
    assert.equal((await build(services())).code, 0);
  });

  it("are all ended by a stop, together with a step that runs", async () => {
    const step = await startEndlessStep(services());
    try {
      await stopServices(services().dataDir);
      assert.deepEqual(containersOf(services().dataDir), []);
      assert.deepEqual(processesOf(services().dataDir), []);
      const states = (await servicesStatus(services().dataDir)).map(({ state }) => state);
      assert.deepEqual(states, ["stopped", "stopped"]);
    } finally {
      step.kill("SIGKILL");
      await restart();
    }
  });
});

describe("local services beside others", () => {
  it("have data, builder and port of their own", async () => {
    await withServices(async (one) => {
      await pushSomething(one);
      await withServices(async (two) => {
        assert.notEqual(one.registry, two.registry);
        const { stdout } = await run(two.toolchain.program("crane"), ["catalog", two.registry]);
        assert.equal(stdout, "");
      });
      assert.equal((await build(one)).code, 0);
    });
  });
});

describe("local services that cannot start", () => {
  let dataDir = "";
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), "services-"));
  });
  afterEach(async () => {
    await stopServices(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
  });
  const start = async (folder: string, registryPort = 0) =>
    startServices({
      dataDir: folder,
      registryPort,
      builder: "test",
      toolchain: await ensureToolchain(["buildkit", "registry"]),
    });

  it("name the stranger that holds the registry's port, and run nothing", async () => {
    const port = await freePort();
    const stranger = createServer().listen(port, "127.0.0.1");
    await once(stranger, "listening");
    try {
      await assert.rejects(start(dataDir, port), {
        name: "ProblemsError",
        message: new RegExp(`port ${port}: .* is held by pid ${process.pid} .*\\n.*factory:registry`),
      });
    } finally {
      stranger.close();
    }
  });

  it("say that the data folder cannot be written", async () => {
    writeFileSync(join(dataDir, "file"), "");
    await assert.rejects(start(join(dataDir, "file", "below")), {
      name: "ProblemsError",
      message: /below: the data folder cannot be written: .*\n.*right to write/,
    });
  });

  it("say that the disk is full", async () => {
    const disk = join(dataDir, "disk");
    mkdirSync(disk);
    assert.equal((await run("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", disk])).code, 0);
    try {
      await assert.rejects(start(disk), { name: "ProblemsError", message: /the disk has 1\d MiB left.*\n.*Make room/ });
    } finally {
      await run("umount", [disk]);
    }
  });

  it("quote the log of a service that ends while it starts", async () => {
    const toolchain = await ensureToolchain(["buildkit", "registry"]);
    const broken = {
      ...toolchain,
      program: (name: string) => (name === "registry" ? "/bin/false" : toolchain.program(name)),
    };
    await assert.rejects(startServices({ dataDir, registryPort: 0, builder: "test", toolchain: broken }), {
      name: "ProblemsError",
      message: /logs\/registry\.log: registry ended while it started/,
    });
  });
});

async function pushSomething({ registry, dataDir, toolchain }: TestServices): Promise<void> {
  const layer = join(dataDir, "layer.tar");
  assert.equal((await run("tar", ["-cf", layer, "-C", dirname(__filename), "."])).code, 0);
  const push = ["append", "--oci-empty-base", "--new_layer", layer, "--new_tag", `${registry}/something:latest`];
  const { code, stderr } = await run(toolchain.program("crane"), push);
  assert.equal(code, 0, stderr);
}

/** Builds with buildx and pushes to the registry, as `docker buildx build` does by hand. */
function build(services: TestServices) {
  const folder = contextFolder(services, "FROM scratch\nCOPY Dockerfile /\n");
  const args = ["build", "--no-cache", "--push", "--tag", `${services.registry}/built`, folder];
  return run(services.toolchain.program("buildx"), args, { env: { ...process.env, ...services.env } });
}

/** Resolves when the step runs: crane's own registry, which writes a line as soon as it serves. */
async function startEndlessStep(services: TestServices): Promise<ChildProcess> {
  const folder = contextFolder(services, 'FROM scratch\nCOPY crane /\nRUN ["/crane", "registry", "serve"]\n');
  cpSync(services.toolchain.program("crane"), join(folder, "crane"));
  const step = spawn(
    services.toolchain.program("buildctl"),
    [
      "build",
      "--progress=plain",
      "--no-cache",
      "--frontend=dockerfile.v0",
      `--local=context=${folder}`,
      `--local=dockerfile=${folder}`,
    ],
    { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, ...services.env } },
  );
  let output = "";
  for await (const chunk of step.stderr) {
    output += chunk;
    if (/serving on port/i.test(output)) return step;
  }
  throw new Error(`the step did not run:\n${output}`);
}

function contextFolder({ dataDir }: TestServices, dockerfile: string): string {
  const folder = mkdtempSync(join(dataDir, "context-"));
  writeFileSync(join(folder, "Dockerfile"), dockerfile);
  return folder;
}

/** Command lines of processes whose root lies below the data folder. */
function containersOf(dataDir: string): readonly string[] {
  return livingPids()
    .filter((pid) =>
      (readProc(`/proc/${pid}/mountinfo`) ?? "")
        .split("\n")
        .some((line) => / \/ \/ /.test(line) && line.includes(dataDir)),
    )
    .map((pid) => readProc(`/proc/${pid}/cmdline`) ?? "");
}

/** Command lines that name the data folder. */
function processesOf(dataDir: string): readonly string[] {
  const commands = livingPids().map((pid) => readProc(`/proc/${pid}/cmdline`) ?? "");
  return commands.filter((command) => command.includes(`${dataDir}/run/`));
}
