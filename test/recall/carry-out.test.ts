import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { loadDenials } from "../../domain/recall/load-denials.js";
import type { Recall } from "../../domain/recall/types.js";
import { adopt, built, observe } from "../../domain/state/transitions.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { tag } from "../../provider/registry/copy.js";
import { Verifier } from "../../provider/verify/verifier.js";
import { carryOutRecalls } from "../../tools/rebuild/recall.js";
import { pushSmallImage } from "../support/small-image.js";
import { useServices } from "../support/with-services.js";
import { digestOf, FakeWorld } from "../watch/fake-world.js";

const os = "docker.io/library/debian:12";
const DAY = 24 * 3_600_000;
const START = Date.UTC(2026, 10, 1);
const instant = (day: number) => `2026-11-${String(day).padStart(2, "0")}T00:00:00Z`;

describe("factory recall, against a registry", () => {
  const services = useServices();
  let root = "";
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), "factory-recall-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  /** Two generations of base and web, and an image that stands on neither; the second generation is released. */
  async function releasedWorld(prefix: string) {
    const watched = [{ name: os, delayMs: 0, autoRebuild: true }];
    const images = ["base", "web", "lonely"].map((id) => `${prefix}-${id}`);
    const [base = "", web = "", lonely = ""] = images;
    const bases = { [base]: [os], [web]: [base], [lonely]: [] as string[] };
    const world = new FakeWorld(
      images.map((id) => ({ id, bases: bases[id] ?? [] })),
      watched,
      START,
    );
    const client = new RegistryClient(services().registry, true);
    const releases = new Map<string, string>();
    for (const generation of [1, 2]) {
      const upstream = digestOf(`${prefix} os ${generation}`);
      const at = instant(generation);
      await world.store.update("test", (states) => {
        const state = states.get(os) ?? { ...emptyState(os), kind: "external" as const };
        const seen = observe(state, { digest: upstream, tag: "12", platforms: [], firstSeen: at, how: "event" });
        return [adopt(seen, { digest: upstream, tag: "12", platforms: [], at, cause: "test" })];
      });
      releases.set(os, upstream);
      for (const id of images) {
        const repository = `${services().registry}/${id}`;
        const content = id === lonely ? "alone" : `${id} ${generation}`;
        const { digest } = await pushSmallImage(client, repository, content);
        for (const name of [`b-${generation}`, "local", "1.0"]) await tag(client, repository, digest, name);
        const on = (bases[id] ?? []).map((image) => ({ image, digest: releases.get(image) ?? "" }));
        releases.set(id, digest);
        await world.store.update("test", (states) => {
          const state = built(states.get(id) ?? emptyState(id), { digest, on, at }, "local", []);
          return [adopt(state, { digest, tag: "local", platforms: [], at, cause: "test" })];
        });
      }
    }
    return { world, client, images, base, web, lonely };
  }

  function emptyState(image: string) {
    return { schema: 2, image, kind: "managed", ledger: [], updates: [], dependents: [], attempts: [] } as const;
  }

  function carryOut(world: FakeWorld, recalls: readonly Recall[]) {
    const { registry } = services();
    return carryOutRecalls({
      root,
      settings: { registry, insecureRegistry: true, evidence: false },
      project: { ...world.project, recalls },
      store: world.store,
      released: [],
      verifier: new Verifier({ registry, insecure: true, keys: [] }),
      policy: { keys: [] } as never,
      now: START + 5 * DAY,
    });
  }

  const line = (digest: string): Recall => {
    return { digest, image: "os", reason: "it leaks keys", by: "security", date: "2026-11-21" };
  };

  it("puts the pin and all moving tags of all that stands on a digest back in one step, and leaves the others", async () => {
    const { world, client, base, web, lonely } = await releasedWorld("back");
    const [first, second] = [1, 2].map((generation) => digestOf(`back os ${generation}`)) as [string, string];
    const { moves, denials } = await carryOut(world, [line(second)]);
    assert.deepEqual(
      moves.map(({ image, kind }) => [image, kind]),
      [
        [os, "return"],
        [base, "return"],
        [web, "return"],
      ],
    );
    assert.equal(world.store.states.get(os)?.adopted?.digest, first);
    for (const [id, generation] of [
      [base, 1],
      [web, 1],
      [lonely, 2],
    ] as const) {
      const repository = `${services().registry}/${id}`;
      const good = (await client.headManifest(repository, `b-${generation}`))?.digest;
      for (const name of ["local", "1.0"])
        assert.equal((await client.headManifest(repository, name))?.digest, good, id);
      assert.equal(world.store.states.get(id)?.adopted?.digest, good);
      assert.notEqual((await client.headManifest(repository, "b-2"))?.digest, undefined, "a fixed tag has moved");
    }
    assert.deepEqual((await loadDenials(root)).value, denials);
    assert.equal(denials.length, 3);
  });

  it("changes nothing the second time, stays while the line stands, and ends with it", async () => {
    const { world } = await releasedWorld("again");
    const recalls = [line(digestOf("again os 2"))];
    await carryOut(world, recalls);
    const before = world.store.states;
    const { moves, tags } = await carryOut(world, recalls);
    assert.deepEqual([moves, [...tags]], [[], []]);
    assert.deepEqual(world.store.states, before);
    const { denials } = await carryOut(world, []);
    assert.deepEqual(denials, []);
  });

  it("finishes what was cut off: tags that still mean what is recalled go back although the states say so already", async () => {
    const { world, client, web } = await releasedWorld("cut");
    const recalls = [line(digestOf("cut os 2"))];
    await carryOut(world, recalls);
    const repository = `${services().registry}/${web}`;
    const [good, bad] = await Promise.all(["b-1", "b-2"].map((name) => client.headManifest(repository, name)));
    await tag(client, repository, bad?.digest ?? "", "local");
    const { tags } = await carryOut(world, recalls);
    assert.deepEqual([...tags], [[web, ["local"]]]);
    assert.equal((await client.headManifest(repository, "local"))?.digest, good?.digest);
  });

  it("takes the digest out of the registry where no generation is good", async () => {
    const { world, client, web } = await releasedWorld("gone");
    await carryOut(
      world,
      [1, 2].map((generation) => line(digestOf(`gone os ${generation}`))),
    );
    assert.equal(world.store.states.get(web)?.adopted, undefined);
    assert.equal(await client.headManifest(`${services().registry}/${web}`, "local"), undefined);
  });
});
