import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { DebianPayload } from "../../domain/lock/types.js";
import { PayloadCache, payloadCacheDirectory } from "../../provider/pool/payload-cache.js";
import type { PayloadKind } from "../../provider/pool/payload-kind.js";
import { payloadOf } from "../support/debian-package.js";

const bytes = Buffer.from("the bytes of a package");
const payload = payloadOf({ name: "tool", entries: [] }, bytes);

/** A kind whose source answers with `answer`; counts what is asked of it. */
function source(answer: Buffer | Error): PayloadKind<DebianPayload> & { asked: number } {
  return {
    kind: "debian",
    asked: 0,
    async download(_payload, destination) {
      this.asked += 1;
      if (answer instanceof Error) {
        await writeFile(destination, "half of i");
        throw answer;
      }
      await writeFile(destination, answer);
    },
    layers: () => [],
  };
}

describe("PayloadCache", () => {
  let folder = "";
  let cache: PayloadCache;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "factory-cache-"));
    cache = new PayloadCache(folder);
  });

  afterEach(() => rm(folder, { recursive: true }));

  it("downloads once, then answers from the disk", async () => {
    const kind = source(bytes);
    const first = await cache.ensure(payload, kind);
    assert.deepEqual(await cache.ensure(payload, kind), first);
    assert.equal(kind.asked, 1);
    assert.equal(first.file, path.join(folder, "sha256", payload.sha256.slice(0, 2), payload.sha256));
  });

  it("refuses bytes with another checksum, names payload, expected and found, and keeps nothing", async () => {
    const other = Buffer.from("other bytes");
    const found = createHash("sha256").update(other).digest("hex");
    await assert.rejects(cache.ensure(payload, source(other)), (error: Error) => {
      for (const part of ["tool 1.0-1", payload.sha256, found]) assert.ok(error.message.includes(part), part);
      return true;
    });
    assert.equal(await cache.find(payload), undefined);
    assert.deepEqual(await readdir(path.join(folder, "partial")), []);
  });

  it("leaves nothing behind where the source breaks off", async () => {
    await assert.rejects(cache.ensure(payload, source(new Error("connection reset"))), /connection reset/);
    assert.equal(await cache.find(payload), undefined);
    assert.deepEqual(await readdir(path.join(folder, "partial")), []);
  });

  it("replaces a file that was damaged on the disk", async () => {
    const kind = source(bytes);
    const { file } = await cache.ensure(payload, kind);
    await writeFile(file, "the bytes of a pockage");
    assert.equal(await cache.find(payload), undefined);
    await cache.ensure(payload, kind);
    assert.equal(kind.asked, 2);
    assert.notEqual(await cache.find(payload), undefined);
  });

  it("takes a file that a client has downloaded", async () => {
    const download = path.join(folder, "download");
    await writeFile(download, bytes);
    const { sha256, size } = await cache.add(download);
    assert.deepEqual({ sha256, size }, { sha256: payload.sha256, size: payload.size });
    assert.notEqual(await cache.find(payload), undefined);
  });
});

describe("payloadCacheDirectory", () => {
  const rows: readonly (readonly [env: NodeJS.ProcessEnv, directory: string])[] = [
    [{ FACTORY_CACHE: "/cache", XDG_CACHE_HOME: "/xdg" }, "/cache/payloads"],
    [{ XDG_CACHE_HOME: "/xdg" }, "/xdg/image-factory/payloads"],
  ];
  for (const [env, directory] of rows) {
    it(`is ${directory}`, () => assert.equal(payloadCacheDirectory(env), directory));
  }
});
