import assert from "node:assert/strict";
import { wheelPlatformTags } from "../../provider/pool/wheel-platform.js";
import { type WheelTags, wheelTags } from "../../provider/pool/wheel-tags.js";

describe("wheels", () => {
  const rows: Readonly<Record<string, WheelTags>> = {
    "mdurl-0.1.2-py3-none-any.whl": { platforms: [] },
    "six-1.17.0-py2.py3-none-any.whl": { platforms: [] },
    "nh3-0.3.7-cp38-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": {
      python: { implementation: "cp", version: "3.8" },
      abi: "abi3",
      platforms: ["manylinux_2_17_x86_64", "manylinux2014_x86_64"],
    },
    "numpy-2.3.0-1-cp313-cp313-manylinux_2_28_aarch64.whl": {
      python: { implementation: "cp", version: "3.13" },
      abi: "cp313",
      platforms: ["manylinux_2_28_aarch64"],
    },
    "ruff-0.14.0-py3-none-manylinux_2_17_x86_64.whl": { platforms: ["manylinux_2_17_x86_64"] },
    "a-1-py313-none-any.whl": { python: { implementation: "py", version: "3.13" }, platforms: [] },
  };
  for (const [filename, tags] of Object.entries(rows)) it(filename, () => assert.deepEqual(wheelTags(filename), tags));

  for (const filename of ["a-1.tar.gz", "a-1-any.whl", "py3-none-any.whl"]) {
    it(`${filename} is none`, () => assert.throws(() => wheelTags(filename), /is not the file name of a wheel/));
  }

  it("are taken for Debian 13's glibc and older, newest first", () => {
    const tags = wheelPlatformTags("linux/arm64");
    assert.equal(tags[0], "manylinux_2_41_aarch64");
    assert.deepEqual(tags.slice(-3), ["manylinux_2_17_aarch64", "manylinux2014_aarch64", "linux_aarch64"]);
    assert.ok(wheelPlatformTags("linux/amd64").includes("manylinux1_x86_64"));
  });

  it("are not locked for a machine that we do not know", () => {
    assert.throws(() => wheelPlatformTags("linux/s390x"), /linux\/amd64, linux\/arm64, not for linux\/s390x/);
    assert.throws(() => wheelPlatformTags("windows/amd64"), /not for windows\/amd64/);
  });
});
