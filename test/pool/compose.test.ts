import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { composePool } from "../../provider/pool/compose.js";
import { debianKind } from "../../provider/pool/debian-kind.js";
import { PayloadCache } from "../../provider/pool/payload-cache.js";
import { readTar } from "../../provider/pool/tar.js";
import type { TarEntry } from "../../provider/pool/tar-entry.js";
import { packageFile, payloadOf } from "../support/debian-package.js";
import { poolFixture } from "../support/pool-fixture.js";

const request = "0".repeat(64);

interface Descriptor {
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
  readonly platform?: { readonly architecture: string };
}

interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly manifests: readonly Descriptor[];
  readonly annotations: Readonly<Record<string, string>>;
}

describe("composePool", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "factory-compose-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function composed(name = "tools"): Promise<{ readonly digest: string; readonly layout: string }> {
    const { platforms, payloads } = await poolFixture(new PayloadCache(path.join(folder, "cache")));
    const layout = await mkdtemp(path.join(folder, "layout-"));
    return { layout, digest: await composePool({ name, lock: { request, platforms }, payloads, layout }) };
  }

  it("gives the same digest and the same files again, from another cache, and without writing", async () => {
    const first = await composed();
    const { platforms, payloads } = await poolFixture(new PayloadCache(path.join(folder, "other-cache")));
    assert.equal(await composePool({ name: "tools", lock: { request, platforms }, payloads }), first.digest);
    const second = await composed();
    assert.equal(second.digest, first.digest);
    const blobs = (await readdir(path.join(first.layout, "blobs", "sha256"))).sort();
    assert.deepEqual((await readdir(path.join(second.layout, "blobs", "sha256"))).sort(), blobs);
  });

  /** Held against a composed pool by hand: an accidental change of what composing writes makes every committed lock invalid. */
  it("gives the digest that it gave when this test was written", async () => {
    assert.equal((await composed()).digest, "sha256:69fd9fc2adf84819adccef428add6077d9e1e17c3080ad981c941cb610aca58d");
  });

  it("gives another digest for another name, request or payload", async () => {
    const { digest } = await composed();
    const { platforms, payloads } = await poolFixture(new PayloadCache(path.join(folder, "cache")));
    const others = [
      await composePool({ name: "other", lock: { request, platforms }, payloads }),
      await composePool({ name: "tools", lock: { request: "1".repeat(64), platforms }, payloads }),
      await composePool({
        name: "tools",
        lock: { request, platforms: { ...platforms, "linux/arm64": platforms["linux/arm64"]?.slice(1) ?? [] } },
        payloads,
      }),
    ];
    assert.equal(new Set([digest, ...others]).size, 4);
  });

  it("writes an OCI layout in which every digest and size is true, and the lock is named", async () => {
    const { digest, layout } = await composed();
    const top = JSON.parse(await readFile(path.join(layout, "index.json"), "utf8")) as Manifest;
    assert.deepEqual(
      top.manifests.map((entry) => entry.digest),
      [digest],
    );
    const index = await document(layout, digest);
    assert.deepEqual(index.annotations, { "image-factory.lock.request": request, "image-factory.pool.name": "tools" });
    assert.deepEqual(
      index.manifests.map(({ platform }) => platform?.architecture),
      ["amd64", "arm64"],
    );
    for (const entry of index.manifests) {
      const manifest = await document(layout, entry.digest);
      for (const { digest: blob, size } of [entry, manifest.config, ...manifest.layers]) {
        const bytes = await blobOf(layout, blob);
        assert.equal(`sha256:${createHash("sha256").update(bytes).digest("hex")}`, blob);
        assert.equal(bytes.length, size);
      }
      const config = JSON.parse((await blobOf(layout, manifest.config.digest)).toString("utf8"));
      assert.deepEqual(
        config.rootfs.diff_ids,
        manifest.layers.map((layer) => layer.digest),
      );
    }
  });

  it("holds one layer per package, base-files first, each with its entry for scanners, and the CA bundle", async () => {
    const { digest, layout } = await composed();
    const [amd64, arm64] = (await document(layout, digest)).manifests;
    const layers = await layersOf(layout, amd64?.digest ?? "");
    const names = layers.map((entries) =>
      entries.flatMap(({ path: at }) => /^var\/lib\/dpkg\/status\.d\/([^/]+)$/.exec(at)?.[1] ?? []),
    );
    assert.deepEqual(names, [
      ["base-files", "base-files.md5sums"],
      ["ca-certificates", "ca-certificates.md5sums"],
      ["libsmall", "libsmall.md5sums"],
      ["tool", "tool.md5sums"],
      [],
    ]);
    const [base, , library, tool, bundle] = layers.map(
      (entries) => new Map(entries.map((entry) => [entry.path, entry])),
    );
    assert.equal(base?.get("var/run")?.linkTarget, "/run");
    assert.equal(base?.get("tmp")?.mode, 0o1777);
    assert.match(
      textOf(library?.get("var/lib/dpkg/status.d/libsmall")),
      /^Package: libsmall\nStatus: install ok installed\nVersion: 1:2\.0-1\nArchitecture: amd64\n/,
    );
    assert.equal(tool?.get("usr/bin/tool-alias")?.linkTarget, "usr/bin/tool");
    assert.equal(tool?.has("usr/share/doc/tool/README"), false);
    assert.doesNotMatch(textOf(tool?.get("var/lib/dpkg/status.d/tool.md5sums")), /README/);
    assert.match(textOf(tool?.get("var/lib/dpkg/status.d/tool.md5sums")), /copyright/);
    assert.match(
      textOf(bundle?.get("etc/ssl/certs/ca-certificates.crt")),
      /^-----BEGIN CERTIFICATE-----\na\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nb\n-----END CERTIFICATE-----\n$/,
    );
    const other = await layersOf(layout, arm64?.digest ?? "");
    assert.ok(other.flat().some((entry) => entry.path === "usr/lib/arm64/libsmall.so"));
  });

  it("puts several packages into a layer where a runtime could not take one layer each", async () => {
    const cached = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const fixture = { name: `package-${String(index).padStart(3, "0")}`, entries: [] };
        return { payload: payloadOf(fixture, await packageFile(fixture)), file: "" };
      }),
    );
    const layers = debianKind.layers(cached, "linux/amd64");
    assert.equal(layers.length, 67);
    const titles = layers.flatMap(({ title }) => title.split(", "));
    assert.deepEqual(
      titles,
      cached.map(({ payload }) => `${payload.name} 1.0-1 all`),
    );
  });

  it("stops when it is cancelled", async () => {
    const { platforms, payloads } = await poolFixture(new PayloadCache(path.join(folder, "cache")));
    const signal = AbortSignal.abort(new Error("cancelled"));
    await assert.rejects(composePool({ name: "tools", lock: { request, platforms }, payloads, signal }), /cancelled/);
  });
});

async function blobOf(layout: string, digest: string): Promise<Buffer> {
  return readFile(path.join(layout, "blobs", "sha256", digest.replace("sha256:", "")));
}

async function document(layout: string, digest: string): Promise<Manifest> {
  return JSON.parse((await blobOf(layout, digest)).toString("utf8")) as Manifest;
}

async function layersOf(layout: string, manifest: string): Promise<readonly (readonly TarEntry[])[]> {
  const { layers } = await document(layout, manifest);
  return Promise.all(layers.map(async ({ digest }) => readTar(await blobOf(layout, digest))));
}

function textOf(entry: TarEntry | undefined): string {
  return entry?.content instanceof Uint8Array ? Buffer.from(entry.content).toString("utf8") : "";
}
