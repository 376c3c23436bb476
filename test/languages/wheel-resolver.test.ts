import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { ResolveContext } from "../../cli/lock/resolver.js";
import { wheelResolver } from "../../cli/lock/wheel-resolver.js";
import type { WheelPayload } from "../../domain/lock/types.js";
import { parseYaml } from "../../domain/yaml/parse.js";
import { PayloadCache } from "../../provider/pool/payload-cache.js";
import { PayloadGoneError } from "../../provider/pool/payload-kind.js";
import type { TarEntry } from "../../provider/pool/tar-entry.js";
import { wheelKind } from "../../provider/pool/wheel-kind.js";
import { setEnvironment } from "./environment.js";
import { startWheelIndex, type WheelIndex } from "./wheel-index.js";

describe("wheels, with the real pip", () => {
  let root = "";
  let index: WheelIndex;
  let restoreEnvironment: () => void;
  let resolved: Awaited<ReturnType<typeof resolve>>;

  before(async () => {
    root = await mkdtemp(path.join(tmpdir(), "factory-wheels-"));
    index = await startWheelIndex(path.join(root, "files"), [
      {
        filename: "web_app-1.0-py3-none-any.whl",
        requires: [
          "native>=1",
          "old-only; python_version < '3.13'",
          "new-only; python_version >= '3.13'",
          "arm-only; platform_machine == 'aarch64'",
          "intel; platform_machine == 'x86_64'",
        ],
      },
      { filename: "native-1.0-cp313-cp313-manylinux_2_28_x86_64.whl" },
      { filename: "native-1.0-cp313-cp313-manylinux_2_28_aarch64.whl" },
      { filename: "native-2.0-cp313-cp313-manylinux_2_99_x86_64.whl" },
      { filename: "native-2.0-cp312-cp312-manylinux_2_28_x86_64.whl" },
      { filename: "stable-1.0-cp38-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl" },
      { filename: "stable-1.0-cp38-abi3-manylinux_2_17_aarch64.manylinux2014_aarch64.whl" },
      { filename: "new_only-1.0-py3-none-any.whl" },
      { filename: "old_only-1.0-py3-none-any.whl" },
      { filename: "arm_only-1.0-py2.py3-none-any.whl" },
      { filename: "intel-1.0-cp313-cp313-manylinux_2_28_x86_64.whl" },
      { filename: "grown-1.0-py3-none-any.whl" },
      { filename: "grown-2.0-py3-none-any.whl" },
      { filename: "pip-99.0-py3-none-any.whl" },
    ]);
    restoreEnvironment = setEnvironment({
      PIP_INDEX_URL: index.url,
      PIP_CONFIG_FILE: "/dev/null",
      PIP_FIND_LINKS: "",
      PIP_NO_CACHE_DIR: "1",
    });
    resolved = await resolve("web-app", "stable");
  });

  after(async () => {
    restoreEnvironment();
    await index.close();
    await rm(root, { recursive: true, force: true });
  });

  function context(requirements: readonly string[]): ResolveContext {
    const python = { pythonVersion: "3.13", requirements };
    const document = parseYaml("app/packages.yaml", JSON.stringify({ python }, null, 2)).value;
    assert.ok(document);
    const cache = new PayloadCache(path.join(root, "cache"));
    const platforms = ["linux/amd64", "linux/arm64"];
    const file = "app/packages.yaml";
    return {
      root,
      file,
      request: { python },
      document,
      platforms,
      parents: [],
      cache,
      scratch: root,
      progress: () => {},
    };
  }

  const resolve = async (...requirements: readonly string[]) =>
    (await wheelResolver.resolve(context(requirements))) as Readonly<Record<string, readonly WheelPayload[]>>;

  const filenames = (payloads: readonly WheelPayload[] = []): readonly string[] =>
    payloads.map(({ filename }) => filename);

  it("resolves for the platform's Python and machine, not for the host's, and locks pip too", () => {
    assert.deepEqual(filenames(resolved["linux/amd64"]), [
      "intel-1.0-cp313-cp313-manylinux_2_28_x86_64.whl",
      "native-1.0-cp313-cp313-manylinux_2_28_x86_64.whl",
      "new_only-1.0-py3-none-any.whl",
      "pip-99.0-py3-none-any.whl",
      "stable-1.0-cp38-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
      "web_app-1.0-py3-none-any.whl",
    ]);
    assert.deepEqual(filenames(resolved["linux/arm64"]), [
      "arm_only-1.0-py2.py3-none-any.whl",
      "native-1.0-cp313-cp313-manylinux_2_28_aarch64.whl",
      "new_only-1.0-py3-none-any.whl",
      "pip-99.0-py3-none-any.whl",
      "stable-1.0-cp38-abi3-manylinux_2_17_aarch64.manylinux2014_aarch64.whl",
      "web_app-1.0-py3-none-any.whl",
    ]);
  });

  it("takes what the parents hold for installed: their versions, and nothing of it again but pip", async () => {
    const base = await resolve("native", "grown==1.0");
    const parent = { schema: 1 as const, request: "", pool: { digest: "" }, platforms: base };
    const child = { ...context(["web-app", "grown"]), parents: [parent] };
    const own = (await wheelResolver.resolve(child)) as Readonly<Record<string, readonly WheelPayload[]>>;
    assert.deepEqual(filenames(own["linux/amd64"]), [
      "intel-1.0-cp313-cp313-manylinux_2_28_x86_64.whl",
      "new_only-1.0-py3-none-any.whl",
      "pip-99.0-py3-none-any.whl",
      "web_app-1.0-py3-none-any.whl",
    ]);
    const impossible = { ...context(["grown==2.0"]), parents: [parent] };
    await assert.rejects(wheelResolver.resolve(impossible), /grown/);
  });

  it("fetches each wheel again by its hash, whatever Python the host has", async () => {
    const empty = new PayloadCache(path.join(root, "another-cache"));
    const arm64 = (resolved["linux/arm64"] ?? []).filter(({ name }) => ["arm-only", "native", "stable"].includes(name));
    assert.equal(arm64.length, 3);
    await Promise.all(arm64.map((payload) => empty.ensure(payload, wheelKind)));
  });

  it("blames the requirement that has no wheel for a platform", async () => {
    await assert.rejects(
      resolve("stable", "intel==1.0"),
      /app\/packages\.yaml:6: pip finds no wheels for Python 3\.13 on linux\/arm64: .*intel==1\.0/,
    );
  });

  it("says what is gone", async () => {
    const filename = "stable-9.0-py3-none-any.whl";
    const gone: WheelPayload = {
      kind: "wheel",
      name: "stable",
      version: "9.0",
      filename,
      size: 1,
      sha256: "0".repeat(64),
    };
    await assert.rejects(wheelKind.download(gone, path.join(root, filename)), PayloadGoneError);
  });

  it("makes a pool from which pip installs another platform's wheels, with no index", async () => {
    const payloads = resolved["linux/arm64"] ?? [];
    const { cache } = context([]);
    const cached = await Promise.all(payloads.map((payload) => cache.ensure(payload, wheelKind)));
    const pool = path.join(root, "pool");
    for (const layer of wheelKind.layers(cached, "linux/arm64")) {
      for await (const entry of layer.entries()) await unpack(entry, pool);
    }
    // The host's pip stands in for pip.whl, and another folder for /wheels.
    const env = {
      ...process.env,
      PIP_CONFIG_FILE: path.join(pool, "wheels/pip.conf"),
      PIP_FIND_LINKS: path.join(pool, "wheels"),
      PIP_INDEX_URL: "http://127.0.0.1:9/closed",
    };
    const target = path.join(root, "target");
    const requirements = path.join(pool, "wheels/requirements.txt");
    execFileSync(
      "python3",
      [
        "-m",
        "pip",
        "install",
        "-q",
        "--no-compile",
        "--python-version=3.13",
        "--abi=cp313",
        "--target",
        target,
        "-r",
        requirements,
      ],
      { env },
    );
    const loaded = execFileSync("python3", ["-Bc", "import native, arm_only; print(native.loaded)"], { cwd: target });
    assert.equal(String(loaded).trim(), "native-1.0-cp313-cp313-manylinux_2_28_aarch64.whl");
  });

  it("gives a large wheel a layer of its own", () => {
    const wheel = (name: string, size: number) => {
      const filename = `${name}-1.0-py3-none-any.whl`;
      return {
        payload: { kind: "wheel" as const, name, version: "1.0", filename, size, sha256: "0".repeat(64) },
        file: "/x",
      };
    };
    const sources = wheelKind.layers(
      [wheel("a", 1), wheel("b", 1 << 30), wheel("c", 2), wheel("pip", 3)],
      "linux/amd64",
    );
    assert.deepEqual(
      sources.map(({ title }) => title),
      ["b 1.0", "2 wheels", "pip and its requirements"],
    );
  });
});

async function unpack({ path: name, content }: TarEntry, folder: string): Promise<void> {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  if (content instanceof Uint8Array) writeFileSync(file, content);
  else if (content !== undefined) await cp(content.file, file);
}
