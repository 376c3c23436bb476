import assert from "node:assert/strict";
import { buildFlags, cacheKey, readSources } from "../../../tools/toolchain/cache-key.js";
import { sourceFolder } from "../../../tools/toolchain/find.js";
import { type GoTool, tools } from "../../../tools/toolchain/tools.js";

const tool: GoTool = {
  name: "crane",
  version: "1.2.3",
  packages: ["example.org/a"],
  programs: ["a"],
  variables: { "example.org/version": "1" },
};
const sources = [["go.mod", "module a"]] as const;

describe("the cache key of a tool", () => {
  const key = cacheKey(tool, sources, "x64");

  it("begins with the version", () => assert.match(key, /^1\.2\.3-[0-9a-f]{12}$/));

  it("is the same for the same input", () => assert.equal(cacheKey({ ...tool }, [...sources], "x64"), key));

  const others: readonly (readonly [what: string, key: string])[] = [
    ["a line of go.mod", cacheKey(tool, [["go.mod", "module b"]], "x64")],
    ["a file", cacheKey(tool, [...sources, ["go.sum", ""]], "x64")],
    ["a linker variable", cacheKey({ ...tool, variables: { "example.org/version": "2" } }, sources, "x64")],
    ["a package", cacheKey({ ...tool, packages: ["example.org/b"] }, sources, "x64")],
    ["a target", cacheKey({ ...tool, targets: [{ os: "linux", architecture: "arm64" }] }, sources, "x64")],
    ["the architecture", cacheKey(tool, sources, "arm64")],
  ];
  for (const [what, other] of others) it(`changes with ${what}`, () => assert.notEqual(other, key));

  it("sees every module file, those of our own stand-ins too", () => {
    const dockerBuild = tools.find(({ name }) => name === "docker-build");
    assert.ok(dockerBuild);
    const paths = readSources(sourceFolder(dockerBuild)).map(([path]) => path);
    for (const path of ["go.mod", "go.sum", "stub/go.mod"]) assert.ok(paths.includes(path), path);
  });
});

describe("a tool that runs in images", () => {
  it("is built anew when one of its own sources changes", () => {
    const own = tools.find(({ name }) => name === "image-test");
    assert.ok(own);
    const paths = readSources(sourceFolder(own)).map(([path]) => path);
    for (const path of ["go.mod", "main.go", "smoke.go"]) assert.ok(paths.includes(path), path);
  });
});

describe("the flags of a build", () => {
  it("set the linker's variables and leave nothing of this machine in the program", () => {
    assert.deepEqual(buildFlags(tool), [
      "-mod=readonly",
      "-trimpath",
      "-buildvcs=false",
      "-ldflags",
      "-s -w -X example.org/version=1",
    ]);
  });
});
