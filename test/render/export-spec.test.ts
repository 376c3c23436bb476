import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Compression } from "../../domain/catalogue/types.js";
import { exportSpec } from "../../domain/render/bake.js";
import { useServices } from "../support/with-services.js";

describe("the exporter of every build, against BuildKit", () => {
  const services = useServices();
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "factory-export-"));
    mkdirSync(join(folder, "context"));
    writeFileSync(join(folder, "Dockerfile"), "FROM scratch\nARG SOURCE_DATE_EPOCH\nCOPY old /\nCOPY . /all/\n");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function put(name: string, text: string, seconds: number): void {
    const path = join(folder, "context", name);
    writeFileSync(path, text);
    utimesSync(path, seconds, seconds);
    utimesSync(join(folder, "context"), seconds, seconds);
  }

  function build(epoch: number, compression: Compression, ...more: readonly string[]): string {
    const metadata = join(folder, "metadata.json");
    execFileSync(
      services().toolchain.program("buildctl"),
      [
        ...["--addr", services().buildkitHost, "build", "--frontend", "dockerfile.v0", "--progress", "plain"],
        ...["--local", `context=${join(folder, "context")}`, "--local", `dockerfile=${folder}`],
        ...["--opt", `build-arg:SOURCE_DATE_EPOCH=${epoch}`, "--metadata-file", metadata],
        ...["--output", exportSpec(services().registry, "times", compression), ...more],
      ],
      { stdio: "ignore" },
    );
    return (JSON.parse(readFileSync(metadata, "utf8")) as Record<string, string>)["containerimage.digest"] ?? "";
  }

  it("gives one digest for files older and newer than their commit", () => {
    const digests = [1_600_000_000, 1_650_000_000, 1_750_000_000].map((seconds) => {
      put("old", "x", seconds);
      return build(1_700_000_000, "gzip", "--no-cache");
    });
    assert.equal(new Set(digests).size, 1, digests.join());
  });

  it("gives one digest with an empty cache and with layers that an earlier commit left in it", () => {
    put("old", "x", 1_600_000_000);
    put("new", "x", 1_600_000_000);
    build(1_600_000_000, "gzip");
    put("old", "x", 1_700_000_000);
    put("new", "y", 1_700_000_000);
    const warm = build(1_700_000_000, "gzip");
    assert.equal(build(1_700_000_000, "gzip", "--no-cache"), warm);
  });
});
