import assert from "node:assert/strict";
import fc from "fast-check";
import { fits, type NpmConditions, npmPlatform } from "../../domain/lock/npm-platform.js";

describe("npm's platform conditions", () => {
  const rows: readonly (readonly [string, NpmConditions, boolean, boolean])[] = [
    // what, conditions, fits linux/amd64, fits linux/arm64
    ["no condition", {}, true, true],
    ["an empty list", { os: [], cpu: [] }, true, true],
    ["another system", { os: ["darwin"] }, false, false],
    ["one of several systems", { os: ["darwin", "linux"] }, true, true],
    ["x64", { os: ["linux"], cpu: ["x64"] }, true, false],
    ["arm64", { os: ["linux"], cpu: ["arm64"] }, false, true],
    ["a text instead of a list", { os: "linux", cpu: "x64" }, true, false],
    ["all but arm64", { cpu: ["!arm64"] }, true, false],
    ["all but two", { cpu: ["!arm64", "!x64"] }, false, false],
    ["all but another", { os: ["!win32"] }, true, true],
    ["any", { os: ["any"], cpu: ["any"] }, true, true],
    ["glibc", { libc: ["glibc"] }, true, true],
    ["musl", { libc: ["musl"] }, false, false],
    ["WebAssembly", { cpu: ["wasm32"] }, false, false],
  ];
  for (const [what, conditions, amd64, arm64] of rows) {
    it(`${what}: ${amd64 ? "" : "not "}on amd64, ${arm64 ? "" : "not "}on arm64`, () => {
      assert.equal(fits(conditions, npmPlatform("linux/amd64")), amd64);
      assert.equal(fits(conditions, npmPlatform("linux/arm64")), arm64);
    });
  }

  it("a list and its negation never both fit, nor both refuse, when they name the same things", () => {
    const cpus = fc.uniqueArray(fc.constantFrom("x64", "arm64", "arm", "ppc64", "s390x"), { minLength: 1 });
    fc.assert(
      fc.property(
        cpus,
        fc.constantFrom("linux/amd64", "linux/arm64", "linux/s390x", "linux/ppc64le"),
        (cpu, platform) => {
          const target = npmPlatform(platform);
          assert.notEqual(fits({ cpu }, target), fits({ cpu: cpu.map((name) => `!${name}`) }, target));
        },
      ),
    );
  });
});
