import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sourceFolder } from "../../../tools/toolchain/find.js";
import { tools } from "../../../tools/toolchain/tools.js";
import { fits } from "../../../tools/toolchain/version.js";

describe("the pinned tools", () => {
  for (const tool of tools) {
    if ("wheel" in tool) {
      it(`${tool.name}: requirements.txt names the version that is said to be installed, with hashes`, () => {
        const requirements = readFileSync(join(sourceFolder(tool), "requirements.txt"), "utf8");
        const [first = "", ...others] = requirements.split("\n").filter((line) => /^[^\s#]/.test(line));
        assert.ok(first.startsWith(`${tool.wheel}==${tool.version} `), first);
        assert.deepEqual(others, []);
        assert.match(requirements, /--hash=sha256:[0-9a-f]{64}/);
      });
      continue;
    }
    const { targets } = tool;
    if (targets !== undefined) {
      it(`${tool.name}: has a program for each of its platforms, and nothing but our own sources`, () => {
        assert.deepEqual(
          tool.programs,
          targets.map(({ os, architecture }) => `${tool.name}-${os}-${architecture}`),
        );
        assert.deepEqual(tool.packages, [`factory/tools/${tool.name}`]);
        assert.doesNotMatch(readFileSync(join(sourceFolder(tool), "go.mod"), "utf8"), /require/);
      });
      continue;
    }
    const goMod = readFileSync(join(sourceFolder(tool), "go.mod"), "utf8");

    it(`${tool.name}: go.mod requires the version that is said to be built`, () => {
      for (const path of tool.over === undefined ? tool.packages : [tool.over]) {
        const required = [...goMod.matchAll(/^\s*(?:require )?(\S+) v(\S+)/gm)];
        const module = required.find(([, name]) => path === name || path.startsWith(`${name}/`));
        assert.equal(module?.[2], tool.version, path);
      }
    });

    it(`${tool.name}: each program is the last part of a package`, () => {
      assert.deepEqual(
        tool.packages.map((path) => path.split("/").at(-1)),
        tool.programs,
      );
    });

    if (tool.over !== undefined) continue;
    it(`${tool.name}: a program of the version that is built would be taken from PATH`, () => {
      if (tool.onPath !== undefined) assert.ok(fits(tool.version, tool.onPath.fits));
      else assert.ok(tool.plugin?.endsWith(`-v${tool.version}`));
    });
  }
});

describe("what programs answer when asked for their version", () => {
  const rows: readonly (readonly [tool: string, answer: string, version: string])[] = [
    ["crane", "0.22.1\n", "0.22.1"],
    ["buildkit", "buildctl github.com/moby/buildkit v0.31.1 2f8f1b8\n", "0.31.1"],
    ["registry", "/usr/bin/registry github.com/distribution/distribution/v3 v3.1.2+unknown\n", "3.1.2+unknown"],
    ["pulumi", "v3.259.0\n", "3.259.0"],
    ["buildx", "github.com/docker/buildx v0.35.0 1a2b3c\n", "0.35.0"],
    ["hadolint", "Haskell Dockerfile Linter 2.15.1\n", "2.15.1"],
    ["cosign", "cosign: A tool for Signing\n\nGitVersion:    v3.1.3\nGitCommit:     unknown\n", "3.1.3"],
    [
      "grype",
      "Application:         grype\nVersion:             0.110.0\nBuildDate:           [not provided]\n",
      "0.110.0",
    ],
    ["syft", "Application:   syft\nVersion:       1.42.3\nBuildDate:     [not provided]\n", "1.42.3"],
    ["conftest", "Conftest: 0.71.1\nOPA: 1.21.1\n", "0.71.1"],
  ];
  for (const [name, answer, version] of rows) {
    it(`${name}: ${version}`, () => {
      const tool = tools.find((it) => it.name === name);
      assert.equal(tool?.onPath?.answer.exec(answer)?.[1], version);
    });
  }
});
