import assert from "node:assert/strict";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { run } from "../../tools/machine/run.js";
import { dataFolder } from "../../tools/services/service.js";
import { Checkout } from "../support/checkout.js";
import { bytes } from "../support/fleet.js";
import { readRegistry } from "../support/registry-content.js";
import { withServices } from "../support/with-services.js";

const MiB = 1 << 20;
const makeRoom = /The disk is full\. Make room, .*then run the command again/;

describe("an up on a full disk", () => {
  for (const service of ["registry", "buildkitd"] as const) {
    it(`of the ${service} says so, keeps what was released, and goes on once there is room`, async function () {
      await withServices(
        async (services) => {
          const disk = dataFolder(services.dataDir, service);
          mkdirSync(disk, { recursive: true });
          const mounted = await run("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", disk]);
          if (mounted.code !== 0) {
            console.log(`    left out, for want of the right to mount: ${mounted.stderr.trim()}`);
            this.skip();
          }
          const checkout = new Checkout(services, service);
          writeImages(checkout, 1);
          const small = checkout.start("up", "--skip-preview", "--json");
          assert.equal(await small.ended, 0, small.stderr);
          const before = await readRegistry(services.registry);
          assert.ok(before.tags.has("leaf:local"));

          writeImages(checkout, 30);
          const full = checkout.start("up", "--skip-preview");
          assert.equal(await full.ended, 1, full.stderr);
          assert.match(full.stderr, / - base: /);
          assert.match(full.stderr, makeRoom);
          assert.deepEqual(await readRegistry(services.registry), before);

          assert.equal((await run("mount", ["-o", "remount,size=1100m", disk])).code, 0);
          const roomy = checkout.start("up", "--skip-preview", "--json");
          assert.equal(await roomy.ended, 0, roomy.stderr);
          const { broken, tags } = await readRegistry(services.registry);
          assert.deepEqual(broken, []);
          assert.deepEqual(
            roomy.images.map(({ id, state, digest }) => [id, state, digest]),
            ["base", "leaf"].map((id) => [id, "built", tags.get(`${id}:local`)]),
          );
        },
        { tools: ["crane", "pulumi", "docker-build"] },
      );
    });
  }
});

describe("an up whose builder was left without parts of its cache by a full disk", () => {
  it("says so, empties the cache and builds once more, by itself", async () => {
    await withServices(
      async (services) => {
        const checkout = new Checkout(services, "lost");
        writeImages(checkout, 1);
        const first = checkout.start("up", "--skip-preview", "--json");
        assert.equal(await first.ended, 0, first.stderr);
        removeSnapshots(dataFolder(services.dataDir, "buildkitd"));

        writeImages(checkout, 2);
        const again = checkout.start("up", "--skip-preview", "--json");
        assert.equal(await again.ended, 0, again.stderr);
        assert.match(
          again.stderr,
          /misses parts of its cache, as after a full disk\. Emptying it, and building once more/,
        );
        const { broken, tags } = await readRegistry(services.registry);
        assert.deepEqual(broken, []);
        assert.deepEqual(
          again.images.map(({ id, state, digest }) => [id, state, digest]),
          ["base", "leaf"].map((id) => [id, "built", tags.get(`${id}:local`)]),
        );
      },
      { tools: ["crane", "pulumi", "docker-build"] },
    );
  });
});

/** What BuildKit's databases name is not there any more. */
function removeSnapshots(disk: string): void {
  const files = readdirSync(disk, { recursive: true, withFileTypes: true });
  const snapshots = files.filter((file) => file.isDirectory() && /\/snapshots\/snapshots$/.test(file.parentPath));
  assert.notEqual(snapshots.length, 0);
  for (const { parentPath, name } of snapshots) rmSync(path.join(parentPath, name), { recursive: true });
}

/** Two images, one on the other, that carry a payload of so many MiB. */
function writeImages(checkout: Checkout, size: number): void {
  const settings = "platforms: [linux/amd64]\n";
  checkout.write({
    "bases/base/Dockerfile": "FROM scratch\nCOPY payload /payload\nUSER 65532:65532\n",
    "bases/base/image.yaml": settings,
    "bases/base/payload": bytes("payload", size * MiB),
    "images/leaf/Dockerfile": "FROM factory.invalid/base\nCOPY leaf /leaf\n",
    "images/leaf/image.yaml": settings,
    "images/leaf/leaf": String(size),
  });
  checkout.commit();
}
