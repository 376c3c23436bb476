import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readLock, readRequest } from "../../domain/lock/schema.js";

const folder = "images/devcontainer";
const text = (file: string): string => readFileSync(path.join(folder, file), "utf8");

describe("devcontainer", () => {
  describe("its locks", () => {
    /** The package that is the program itself, where another one is only its launcher. */
    const programs: readonly (readonly [tool: string, folder: string, program: (cpu: string) => string])[] = [
      ["claude", "bases/devtools", (cpu) => `@anthropic-ai/claude-code-linux-${cpu}`],
      ["codex", "bases/devtools", (cpu) => `@openai/codex-linux-${cpu}`],
      ["copilot", "bases/devtools", (cpu) => `@github/copilot-linux-${cpu}`],
      ["gemini", "bases/devtools", () => "@google/gemini-cli"],
      ["backlog.md", "bases/devtools", (cpu) => `backlog.md-linux-${cpu}`],
      ["pnpm", folder, (cpu) => `@pnpm/exe.linux-${cpu}`],
    ];
    for (const [platform, cpu] of [
      ["linux/amd64", "x64"],
      ["linux/arm64", "arm64"],
    ] as const) {
      for (const [tool, of, program] of programs) {
        it(`have ${tool} for ${platform}, or say why not`, () => {
          const read = (name: string): string => readFileSync(path.join(of, name), "utf8");
          const lock = readLock("packages.lock.json", read("packages.lock.json"), tool).data;
          const reasons = readRequest("packages.yaml", read("packages.yaml")).data?.npm?.incomplete;
          const unpackTo = `/npm/node_modules/${program(cpu)}`;
          const locked = lock?.platforms[platform]?.some((item) => item.kind === "npm" && item.unpackTo === unpackTo);
          assert.ok(locked || reasons?.[tool]?.includes(platform));
        });
      }
    }
  });

  describe("the sample devcontainer.json", () => {
    const sample = JSON.parse(text("sample/.devcontainer/devcontainer.json").replace(/^\s*\/\/.*$/gm, "")) as {
      readonly remoteUser: string;
      readonly postCreateCommand: string;
      readonly mounts: readonly string[];
    };
    const home = "/home/vscode/";
    /** Where a path of the user's home lies in this folder. */
    const source = (target: string): string => path.join(folder, "home", target.slice(home.length));

    it("names the user that the image has", () => {
      assert.match(text("Dockerfile"), new RegExp(`"passwd", "${sample.remoteUser}:x:1000:1000:`));
    });

    it("runs a program that the image has", () => {
      assert.ok((statSync(source(sample.postCreateCommand)).mode & 0o111) !== 0);
    });

    it("mounts volumes over folders of the user: over others they would belong to root", () => {
      const targets = sample.mounts.map((mount) => /(?:^|,)target=([^,]+)/.exec(mount)?.[1] ?? mount);
      assert.deepEqual(
        targets.filter((target) => !target.startsWith(home) || !existsSync(source(target))),
        [],
      );
    });
  });

  describe("its health check", () => {
    const common = (
      /HEALTH_CHECK_TOOLS="([^"]+)"/.exec(readFileSync("bases/devtools/Dockerfile", "utf8"))?.[1] ?? ""
    ).split(" ");
    let bin = "";
    let root = "";

    before(() => {
      root = mkdtempSync(path.join(tmpdir(), "devcontainer-"));
      bin = path.join(root, "bin");
      mkdirSync(bin);
      for (const tool of common) program(tool, "exit 0");
      program("id", "echo 1000");
      const readlink = execFileSync("sh", ["-c", "command -v readlink"], { encoding: "utf8" }).trim();
      program("readlink", `exec ${readlink} "$@"`);
      copyFileSync("mixins/health-check/rootfs/usr/local/bin/health-check", path.join(bin, "health-check"));
    });

    after(() => rmSync(root, { recursive: true, force: true }));

    function program(name: string, line: string): void {
      writeFileSync(path.join(bin, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
    }

    function check(tools: string, ...args: readonly string[]) {
      const env = { PATH: bin, HOME: root, HEALTH_CHECK_TOOLS: `${common.join(" ")} ${tools}` };
      const script = [path.join(folder, "home/healthcheck.sh"), ...args];
      const { status, stderr } = spawnSync("/bin/sh", script, { env, encoding: "utf8" });
      return { status, found: stderr.split("\n").filter(Boolean) };
    }

    afterEach(() => {
      for (const tool of ["codex", "gemini"]) program(tool, "exit 0");
      program("id", "echo 1000");
    });

    it("looks for every tool that the image is for", () => {
      const promised = ["git", "gh", "zsh", "python3", "node", "claude", "codex", "gemini", "copilot", "backlog"];
      assert.deepEqual([...common].sort(), promised.sort());
    });

    it("finds nothing where all is there", () => assert.deepEqual(check(""), { status: 0, found: [] }));

    it("names each tool that is missing, and those of the variant", () => {
      rmSync(path.join(bin, "codex"));
      assert.deepEqual(check("uv"), { status: 1, found: ["codex is not on PATH", "uv is not on PATH"] });
    });

    it("refuses root", () => {
      program("id", "echo 0");
      assert.deepEqual(check(""), { status: 1, found: ["it runs as root"] });
    });

    it("runs every tool when asked for versions", () => {
      program("gemini", "exit 132");
      assert.deepEqual(check(""), { status: 0, found: [] });
      assert.deepEqual(check("", "--versions"), { status: 1, found: ["gemini --version ended with 132"] });
    });
  });
});
