import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { PackagesLock } from "../../domain/lock/types.js";
import { composePool } from "../../provider/pool/compose.js";
import { PayloadCache } from "../../provider/pool/payload-cache.js";
import { publishPool } from "../../provider/pool/publish-pool.js";
import { readTar } from "../../provider/pool/tar.js";
import { crane, digestOf } from "../../provider/registry/crane.js";
import { run } from "../../tools/machine/run.js";
import { poolFixture } from "../support/pool-fixture.js";
import { useServices } from "../support/with-services.js";

describe("publishPool", () => {
  const services = useServices({ tools: ["crane"] });
  const request = "0".repeat(64);
  const originalPath = process.env.PATH;
  let folder = "";
  let cache: PayloadCache;
  let lock: PackagesLock;

  beforeEach(async () => {
    process.env.PATH = services().env.PATH ?? "";
    folder = await mkdtemp(path.join(tmpdir(), "factory-publish-"));
    cache = new PayloadCache(path.join(folder, "cache"));
    const { platforms, payloads } = await poolFixture(cache);
    const digest = await composePool({ name: "tools", lock: { request, platforms }, payloads });
    lock = { schema: 1, request, pool: { digest }, platforms };
  });

  afterEach(async () => {
    process.env.PATH = originalPath;
    await rm(folder, { recursive: true });
  });

  const publish = (name: string, changed = lock): Promise<boolean> =>
    publishPool({
      name,
      registry: services().registry,
      lock: changed,
      lockFile: "bases/tools/packages.lock.json",
      cache,
    });

  it("pushes the pool by digest, whose packages are the lock's and nothing else, and leaves one that is there alone", async () => {
    assert.equal(await publish("tools"), true);
    const reference = `${services().registry}/pool/tools@${lock.pool.digest}`;
    assert.equal(await digestOf(reference), lock.pool.digest);
    for (const [platform, payloads] of Object.entries(lock.platforms)) {
      const archive = path.join(folder, "export.tar");
      await crane(["export", "--platform", platform, reference, archive]);
      const paths = (await readTar(await readFile(archive))).map((entry) => entry.path);
      const packages = paths.flatMap((at) => /^var\/lib\/dpkg\/status\.d\/([^/]+)$/.exec(at)?.[1] ?? []);
      const expected = payloads.flatMap(({ name }) => [name, `${name}.md5sums`]);
      assert.deepEqual(packages.sort(), expected.sort());
    }
    await rm(cache.directory, { recursive: true });
    assert.equal(await publish("tools"), false, "no payload is needed any more");
    assert.equal((await crane(["ls", `${services().registry}/pool/tools`]).catch(() => "")).trim(), "", "no tag");
  });

  it("refuses a lock that composing does not reproduce, and pushes nothing", async () => {
    const claimed = `sha256:${"1".repeat(64)}`;
    const changed = { ...lock, pool: { digest: claimed } };
    await assert.rejects(publish("tools", changed), (error: Error) => {
      assert.match(error.message, new RegExp(`the lock is ${claimed}, composed ${lock.pool.digest}\\.`));
      assert.match(error.message, /npx factory lock tools/);
      return true;
    });
    assert.equal(await digestOf(`${services().registry}/pool/tools@${claimed}`), undefined);
    assert.deepEqual(await readdir(path.join(cache.directory, "partial")), []);
  });

  it("is what BuildKit builds a base from, hard links and modes included", async () => {
    await publish("tools");
    const context = await mkdtemp(path.join(folder, "context-"));
    const reference = `docker-image://${services().registry}/pool/tools@${lock.pool.digest}`;
    const dockerfile = path.join(context, "Dockerfile");
    await writeFile(dockerfile, "FROM factory.invalid/pool/tools AS pool\nFROM scratch\nCOPY --from=pool / /\n");
    const archive = path.join(folder, "built.tar");
    const { code, stderr } = await run(
      "buildctl",
      [
        ...[
          "build",
          "--frontend",
          "dockerfile.v0",
          "--local",
          `context=${context}`,
          "--local",
          `dockerfile=${context}`,
        ],
        ...["--opt", "platform=linux/arm64", "--opt", `context:factory.invalid/pool/tools=${reference}`],
        ...["--output", `type=tar,dest=${archive}`],
      ],
      { env: { ...process.env, ...services().env } },
    );
    assert.equal(code, 0, stderr);
    const entries = new Map((await readTar(await readFile(archive))).map((entry) => [entry.path, entry]));
    assert.equal(entries.get("bin")?.linkTarget, "usr/bin");
    assert.equal(entries.get("tmp")?.mode, 0o1777);
    const tools = ["usr/bin/tool", "usr/bin/tool-alias"].map((at) => entries.get(at));
    assert.equal(tools.filter((entry) => entry?.type === "hardlink").length, 1);
    assert.ok(entries.has("usr/lib/arm64/libsmall.so"));
  });
});
