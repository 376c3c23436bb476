import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ensurePayloads } from "../../cli/lock/ensure-payloads.js";
import type { LockResult } from "../../cli/lock/lock-images.js";
import { loadCatalogue } from "../../domain/catalogue/load.js";
import { renderLock } from "../../domain/lock/render.js";
import { lockRequestHash } from "../../domain/lock/request.js";
import { readRequest } from "../../domain/lock/schema.js";
import type { PackagesLock } from "../../domain/lock/types.js";
import { debianArchive } from "../../provider/pool/debian-archive.js";
import { PayloadCache } from "../../provider/pool/payload-cache.js";
import { publishPool } from "../../provider/pool/publish-pool.js";
import { payloadOf } from "../support/debian-package.js";
import { type Answer, HttpMirror } from "../support/http-mirror.js";
import { useServices } from "../support/with-services.js";

const request = "debian:\n  suite: trixie\n  packages:\n    - netbase\n";
const overlay = ".factory/locks/tiny.lock.json";

/** The only test in which apt itself resolves: against the host's mirror, seen through a server on loopback that can fail. */
describe("a payload that is gone", () => {
  const services = useServices({ tools: ["crane"] });
  const environment = { ...process.env };
  let root = "";
  let cache: PayloadCache;
  let mirror: HttpMirror;
  let broken: (at: string) => Answer | undefined = () => undefined;

  before(async () => {
    const archive = await debianArchive(environment);
    mirror = await HttpMirror.start((at) => {
      const security = at.startsWith("/security/");
      const rest = at
        .replace(/^\/(security|main)\//, "")
        .split("/")
        .map(encodeURIComponent)
        .join("/");
      return broken(at) ?? { forwardTo: `${security ? archive.securityMirror : archive.mirror}/${rest}` };
    });
    process.env.FACTORY_DEBIAN_MIRROR = `${mirror.address}/main`;
    process.env.FACTORY_DEBIAN_SECURITY_MIRROR = `${mirror.address}/security`;
    if (archive.keyring !== undefined) process.env.FACTORY_DEBIAN_KEYRING = archive.keyring;
    process.env.PATH = services().env.PATH ?? "";
    root = await mkdtemp(path.join(tmpdir(), "factory-ensure-"));
    cache = new PayloadCache(path.join(root, "cache"));
    await mkdir(path.join(root, "bases", "tiny"), { recursive: true });
    await writeFile(path.join(root, "bases", "tiny", "packages.yaml"), request);
    await writeFile(path.join(root, "bases", "tiny", "Dockerfile"), "FROM factory.invalid/pool/tiny\n");
    await writeFile(path.join(root, "bases", "tiny", "packages.lock.json"), renderLock(goneLock()));
  });

  after(async () => {
    for (const name of ["FACTORY_DEBIAN_MIRROR", "FACTORY_DEBIAN_SECURITY_MIRROR", "FACTORY_DEBIAN_KEYRING", "PATH"]) {
      const value = environment[name];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await mirror?.stop();
    await rm(root, { recursive: true, force: true });
  });

  const ensure = (...pools: readonly string[]): Promise<readonly LockResult[]> =>
    ensurePayloads(root, {
      registry: services().registry,
      pools: pools.length === 0 ? ["tiny"] : pools,
      cache,
      progress: () => undefined,
    });

  it("is refused where a pool is published, with the command that helps", async () => {
    const publishing = publishPool({
      name: "tiny",
      registry: services().registry,
      lock: goneLock(),
      lockFile: "bases/tiny/packages.lock.json",
      cache,
    });
    await assert.rejects(publishing, /packages\.lock\.json: netbase 0\.1-1 .* is gone(.|\n)*npx factory lock tiny/);
  });

  it("is no matter while no image that is built needs it", async () => {
    assert.deepEqual(await ensure("another"), []);
  });

  it("is locked anew into the overlay on local, which says what changed and marks the image", async () => {
    const [result, ...others] = await ensure();
    assert.equal(others.length, 0);
    assert.equal(result?.file, overlay);
    assert.deepEqual(
      result?.changes.map(({ name, change, before, platforms }) => ({ name, change, before, platforms })),
      [{ name: "netbase", change: "changed", before: ["0.1-1"], platforms: ["linux/amd64", "linux/arm64"] }],
    );
    const committed = await readFile(path.join(root, "bases", "tiny", "packages.lock.json"), "utf8");
    assert.equal(committed, renderLock(goneLock()), "the committed lock is left as it is");
    const { value } = await loadCatalogue(root, { development: true });
    assert.deepEqual(value.images[0]?.lock, { file: overlay, poolDigest: result?.lock.pool.digest, overlay: true });
    const { value: strict } = await loadCatalogue(root);
    assert.equal(strict.images[0]?.lock?.overlay, false);
    const platforms = Object.entries(result?.lock.platforms ?? {});
    assert.deepEqual(
      platforms.map(([platform, payloads]) => [platform, payloads.map(({ name }) => name)]),
      [
        ["linux/amd64", ["netbase"]],
        ["linux/arm64", ["netbase"]],
      ],
    );
  });

  it("is not locked anew again while the overlay serves", async () => {
    const text = await readFile(path.join(root, overlay), "utf8");
    assert.deepEqual(await ensure(), []);
    assert.equal(await readFile(path.join(root, overlay), "utf8"), text);
  });

  it("does not hide other faults: a wrong checksum or a broken mirror relocks nothing", async () => {
    broken = (at) => (at.includes("netbase_0.1-1") ? Buffer.from("other bytes") : undefined);
    await assert.rejects(ensure(), /netbase 0\.1-1 has the wrong checksum/);
    broken = (at) => (at.includes("netbase_0.1-1") ? 403 : undefined);
    await assert.rejects(ensure(), /cannot be fetched: the answer is 403/);
    broken = () => undefined;
  });

  it("needs no overlay any more once the committed lock can be had", async () => {
    await writeFile(
      path.join(root, "bases", "tiny", "packages.lock.json"),
      await readFile(path.join(root, overlay), "utf8"),
    );
    assert.deepEqual(await ensure(), []);
    assert.equal(existsSync(path.join(root, overlay)), false);
  });
});

/** A lock whose package the archive no longer has. */
function goneLock(): PackagesLock {
  const bytes = Buffer.from("a package of long ago");
  const gone = payloadOf({ name: "netbase", version: "0.1-1", entries: [] }, bytes);
  const { data } = readRequest("packages.yaml", request);
  assert.ok(data !== undefined);
  return {
    schema: 1,
    request: lockRequestHash(data),
    pool: { digest: `sha256:${"0".repeat(64)}` },
    platforms: { "linux/amd64": [gone], "linux/arm64": [gone] },
  };
}
