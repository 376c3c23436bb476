import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildTool } from "../../../tools/toolchain/build.js";
import { cacheFolder, findTool } from "../../../tools/toolchain/find.js";
import { ensureToolchain } from "../../../tools/toolchain/toolchain.js";
import { type GoTool, type Tool, type ToolName, tools } from "../../../tools/toolchain/tools.js";

function toolOf(name: ToolName): Tool {
  const found = tools.find((tool) => tool.name === name);
  assert.ok(found);
  return found;
}

describe("a tool on PATH", () => {
  const path = process.env.PATH;
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "path-"));
    process.env.PATH = `${folder}:/usr/bin:/bin`;
  });
  afterEach(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true });
  });
  const install = (program: string, script: string) =>
    writeFileSync(join(folder, program), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

  it("is used in a fitting version, where it is", async () => {
    install("crane", '[ "$*" = version ] && echo v0.22.9');
    const { source, version, programs } = await findTool(toolOf("crane"));
    assert.deepEqual(
      { source, version, programs },
      { source: "path", version: "0.22.9", programs: { crane: join(folder, "crane") } },
    );
    assert.deepEqual((await ensureToolchain(["crane"])).pathEntries, []);
  });

  const unfit: readonly (readonly [what: string, script: string])[] = [
    ["too old", "echo 0.1.0"],
    ["of no version", "echo '(devel)'"],
    ["another program of that name", "echo usage: crane CARGO; exit 1"],
    ["broken", "exit 127"],
  ];
  for (const [what, script] of unfit) {
    it(`is not used when it is ${what}`, async () => {
      install("crane", script);
      assert.notEqual((await findTool(toolOf("crane"))).source, "path");
    });
  }

  it("is used only with all its programs", async () => {
    install("buildctl", "echo buildctl github.com/moby/buildkit v0.31.1 abc");
    assert.notEqual((await findTool(toolOf("buildkit"))).source, "path");
    install("buildkitd", "echo buildkitd github.com/moby/buildkit v0.31.1 abc");
    assert.equal((await findTool(toolOf("buildkit"))).source, "path");
  });
});

describe("a plugin that Pulumi's installer put into its home", () => {
  it("is used", async () => {
    const before = process.env.PULUMI_HOME;
    const home = mkdtempSync(join(tmpdir(), "pulumi-home-"));
    const program = join(home, "plugins", "resource-docker-build-v0.0.22", "pulumi-resource-docker-build");
    process.env.PULUMI_HOME = home;
    try {
      assert.notEqual((await findTool(toolOf("docker-build"))).source, "plugin");
      mkdirSync(dirname(program), { recursive: true });
      writeFileSync(program, "", { mode: 0o755 });
      const found = await findTool(toolOf("docker-build"));
      assert.deepEqual([found.source, found.programs], ["plugin", { "pulumi-resource-docker-build": program }]);
    } finally {
      if (before === undefined) delete process.env.PULUMI_HOME;
      else process.env.PULUMI_HOME = before;
      rmSync(home, { recursive: true });
    }
  });
});

describe("a build that fails", () => {
  it("says which tool, quotes the end of the log and names it, and leaves nothing in the cache", async () => {
    const broken: GoTool = {
      ...(toolOf("crane") as GoTool),
      packages: ["github.com/google/go-containerregistry/cmd/nothing"],
    };
    await assert.rejects(buildTool(broken), {
      name: "ProblemsError",
      message:
        /logs\/crane-0\.22\.1\.log: crane 0\.22\.1 could not be built:\n {3}\| [\s\S]*go\.sum[\s\S]*go env GOPROXY/,
    });
    assert.ok(!existsSync(cacheFolder(broken)));
    assert.ok(!existsSync(`${cacheFolder(broken)}.part`));
  });
});
