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

  async function layersOf(digest: string): Promise<readonly { readonly mediaType: string; readonly digest: string }[]> {
    const answer = await fetch(`http://${services().registry}/v2/candidate/times/manifests/${digest}`, {
      headers: { accept: "application/vnd.oci.image.manifest.v1+json" },
    });
    const { layers } = (await answer.json()) as { layers: readonly { mediaType: string; digest: string }[] };
    return layers.map(({ mediaType, digest: layer }) => ({ mediaType, digest: layer }));
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

  it("gives zstd layers on a base whose own stay what they are, whatever was compressed before", async () => {
    put("old", "x", 1_600_000_000);
    const base = build(1_600_000_000, "gzip");
    writeFileSync(
      join(folder, "Dockerfile"),
      `FROM ${services().registry}/candidate/times@${base}\nARG SOURCE_DATE_EPOCH\nCOPY old /own\n`,
    );
    const gzip = build(1_700_000_000, "gzip");
    const warm = build(1_700_000_000, "zstd");
    assert.equal(build(1_700_000_000, "zstd", "--no-cache"), warm);
    const [below, before, after] = await Promise.all([base, gzip, warm].map(layersOf));
    assert.deepEqual(after?.slice(0, -1), below);
    assert.deepEqual(before?.slice(0, -1), below);
    assert.equal(before?.at(-1)?.mediaType, "application/vnd.oci.image.layer.v1.tar+gzip");
    assert.equal(after?.at(-1)?.mediaType, "application/vnd.oci.image.layer.v1.tar+zstd");
  });
});
