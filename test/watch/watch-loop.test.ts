import assert from "node:assert/strict";
import { federate } from "../../domain/federation/link.js";
import type { Member } from "../../domain/federation/types.js";
import { CONFIGURED } from "../../domain/simulate/policies.js";
import { recordedScenario } from "../../domain/simulate/recorded.js";
import { simulate } from "../../domain/simulate/simulate.js";
import type { Push } from "../../domain/watch/notification.js";
import { Watch } from "../../tools/rebuild/watch.js";
import { digestOf, type FakeImage, FakeWorld } from "./fake-world.js";

const DAY = 24 * 3_600_000;
const START = Date.UTC(2026, 10, 1);
const debian = "docker.io/library/debian:12";
const node = "docker.io/library/node:24";
const images: readonly FakeImage[] = [
  { id: "python", bases: [debian] },
  { id: "ruby", bases: [debian] },
  { id: "api", bases: ["python"] },
  { id: "web", bases: ["python", node] },
  { id: "site", bases: ["web"] },
];
const [first, second, third] = ["first", "second", "third"].map(digestOf) as [string, string, string];
const pushOf = (image: string): Push => {
  const at = image.lastIndexOf(":");
  return { repository: image.slice(0, at), tag: image.slice(at + 1), digest: "" };
};

/** A world in which everything is built on the first digests, a week ago. */
async function settledWorld(delayMs = 7 * DAY): Promise<FakeWorld> {
  const watched = [debian, node].map((name) => ({ name, delayMs, autoRebuild: true }));
  const world = new FakeWorld(images, watched, START);
  for (const { name } of watched) world.upstream.set(name, first);
  const watch = new Watch(world.world());
  watch.start();
  await watch.idle();
  world.clock.moveTo(START + 7 * DAY);
  await watch.idle();
  await watch.stop();
  assert.deepEqual(
    built(world),
    images.map(({ id }) => id),
  );
  world.runs = [];
  return world;
}

async function startedWatch(world: FakeWorld): Promise<Watch> {
  const watch = new Watch(world.world());
  watch.start();
  await watch.idle();
  return watch;
}

/** Images whose release stands on what its bases are, all the way down. */
function built(world: FakeWorld): readonly string[] {
  const means = (image: string) => world.store.states.get(image)?.adopted?.digest;
  return images
    .filter(({ id }) => {
      const release = world.releases.get(id);
      return (
        release?.build.digest === means(id) && release?.build.on.every(({ image, digest }) => digest === means(image))
      );
    })
    .map(({ id }) => id);
}

function attemptsOf(world: FakeWorld, image: string) {
  return world.store.states.get(image)?.attempts.map(({ cause, result }) => `${result}: ${cause}`);
}

describe("a watch over a stack", () => {
  for (const [soak, delayMs, expected] of [
    ["none", 0, 0],
    ["a week", 7 * DAY, 1],
  ] as const) {
    it(`compares ${expected} times what it saw where the soak is ${soak}: only a soak can be cut short`, async () => {
      const world = await settledWorld(delayMs);
      let compared = 0;
      const watch = new Watch(
        world.world((step) => {
          if (step === "compare") compared += 1;
        }),
      );
      watch.start();
      await watch.idle();
      world.upstream.set(debian, second);
      watch.pushed([pushOf(debian)]);
      await watch.idle();
      assert.equal(compared, expected);
      await watch.stop();
    });
  }

  describe("of which a look fails", () => {
    async function failing(): Promise<{ world: FakeWorld; watch: Watch }> {
      const world = await settledWorld();
      let looks = 0;
      const watch = new Watch(
        world.world((step) => {
          // Not those at the start: debian's look comes first, then node's.
          if (step === "compare" && ++looks === 2) throw new Error("no scanner");
        }),
      );
      watch.start();
      await watch.idle();
      world.upstream.set(debian, second);
      watch.pushed([pushOf(debian)]);
      await watch.idle();
      return { world, watch };
    }

    it("adopts what is due before that look is tried again", async () => {
      const { world, watch } = await failing();
      const due = world.clock.now() + 7 * DAY;
      world.clock.moveTo(due - 10_000);
      await watch.idle();
      world.upstream.set(node, second);
      watch.pushed([pushOf(node)]);
      await watch.idle();
      assert.ok(world.lines.includes("no scanner"));
      assert.equal(world.clock.next, due);
      await watch.stop();
    });

    it("tries it again soon, whatever is decided meanwhile", async () => {
      const { world, watch } = await failing();
      world.upstream.set(node, second);
      watch.pushed([pushOf(node)]);
      await watch.idle();
      const failed = world.clock.now();
      world.clock.moveTo(failed + 30_000);
      world.upstream.set(debian, third);
      watch.pushed([pushOf(debian)]);
      await watch.idle();
      assert.equal(world.clock.next, failed + 60_000);
      await watch.stop();
    });
  });

  it("sees a push, lets it soak by the clock, adopts it, and rebuilds all that stands on it in one run", async () => {
    const world = await settledWorld();
    const watch = await startedWatch(world);
    const seen = world.clock.now();
    world.upstream.set(debian, second);
    watch.pushed([pushOf(debian)]);
    await watch.idle();
    assert.ok(world.mirrored.has(second), "it is not kept in quarantine");
    assert.equal(world.store.states.get(debian)?.ledger.at(-1)?.digest, second);
    assert.deepEqual(world.runs, []);

    world.clock.moveTo(seen + 7 * DAY - 1000);
    await watch.idle();
    assert.equal(world.store.states.get(debian)?.adopted?.digest, first);
    world.clock.moveTo(seen + 7 * DAY);
    await watch.idle();
    assert.equal(world.store.states.get(debian)?.adopted?.digest, second);
    assert.deepEqual(world.runs, [["python", "ruby", "api", "web", "site"]]);
    assert.equal(built(world).length, images.length);
    assert.deepEqual(attemptsOf(world, "ruby")?.at(-1), `succeeded: ${debian} changed.`);
    assert.deepEqual(attemptsOf(world, "site")?.at(-1), "succeeded: python is rebuilt first.");
    await watch.stop();
  });

  it("adopts at once what is proved to fix something serious and to change nothing else", async () => {
    const world = await settledWorld();
    const fixed = [{ cve: "CVE-2026-1", severity: "CRITICAL" as const }];
    world.differences.set(`${first} ${second}`, { image: debian, from: first, to: second, fixed, unrelated: [] });
    const watch = await startedWatch(world);
    world.upstream.set(debian, second);
    watch.pushed([pushOf(debian)]);
    await watch.idle();
    assert.match(world.store.states.get(debian)?.adopted?.cause ?? "", /CVE-2026-1 \(CRITICAL\)/);
    assert.equal(built(world).length, images.length);
    await watch.stop();
  });

  it("holds what stands on a failed image and nobody else, and tries three times", async () => {
    const world = await settledWorld(0);
    const watch = await startedWatch(world);
    world.upstream.set(debian, second);
    world.broken.add(`python ${second}`);
    watch.pushed([pushOf(debian)]);
    await watch.idle();
    for (let day = 1; day <= 2; day += 1) {
      world.clock.moveTo(world.clock.now() + DAY);
      await watch.idle();
    }
    assert.deepEqual(built(world), ["ruby", "api", "web", "site"], "the others stay on the generation before");
    assert.deepEqual(attemptsOf(world, "python")?.slice(-3), Array(3).fill(`failed: ${debian} changed.`));
    assert.equal(world.store.states.get(debian)?.adopted?.digest, second);
    assert.equal(world.runs.length, 3);
    await watch.stop();
  });

  it("returns by itself to the last good generation where nothing can be built on a base", async () => {
    const world = await settledWorld(0);
    const watch = await startedWatch(world);
    world.upstream.set(debian, second);
    for (const id of ["python", "ruby"]) world.broken.add(`${id} ${second}`);
    watch.pushed([pushOf(debian)]);
    await watch.idle();
    for (let day = 1; day <= 2; day += 1) {
      world.clock.moveTo(world.clock.now() + DAY);
      await watch.idle();
    }
    assert.equal(world.store.states.get(debian)?.adopted?.digest, first);
    assert.deepEqual(
      world.store.states.get(debian)?.rejected?.map(({ digest }) => digest),
      [second],
    );
    assert.equal(built(world).length, images.length);
    await watch.stop();
  });

  it("is foretold by the simulator, from the ledger that it wrote", async () => {
    const world = await settledWorld(2 * DAY);
    const begin = world.clock.now();
    const watch = await startedWatch(world);
    for (let hour = 0; hour < 30 * 24; hour += 1) {
      if (hour % 17 === 3) world.upstream.set(debian, digestOf(`debian ${hour}`));
      if (hour % 41 === 5) world.upstream.set(node, digestOf(`node ${hour}`));
      for (const image of [debian, node]) watch.pushed([pushOf(image)]);
      await watch.idle();
      world.clock.moveTo(begin + hour * 3_600_000);
      await watch.idle();
    }
    await watch.stop();
    const { states } = world.store;
    const scenario = recordedScenario(world.project.fleet, states.values(), world.clock.now());
    const foretold = simulate(scenario ?? assert.fail("nothing was seen"), CONFIGURED).adoptions;
    for (const image of [debian, node]) {
      const adopted = states
        .get(image)
        ?.updates.slice(1)
        .map(({ to }) => to);
      assert.ok((adopted?.length ?? 0) > 10);
      const digests = foretold.filter((each) => each.image === image).map(({ digest }) => digest);
      assert.deepEqual(digests, adopted);
    }
  });

  it("comes to the same wherever it is killed", async () => {
    const expected = await scenario(Number.POSITIVE_INFINITY);
    assert.ok(expected.steps.length > 30, "there is too little to be killed in");
    for (let at = 0; at < expected.steps.length; at += 1) {
      const { world } = await scenario(at);
      const where = `killed at ${at}: ${expected.steps[at]}`;
      assert.deepEqual(built(world), built(expected.world), where);
      for (const [image, state] of world.store.states) {
        const other = expected.world.store.states.get(image);
        assert.equal(state.adopted?.digest, other?.adopted?.digest, `${where}, ${image}`);
        const ledgers = [state, other].map((each) => each?.ledger.map(({ digest }) => digest));
        assert.deepEqual(ledgers[0], ledgers[1], `${where}, ${image}`);
        assert.ok(
          state.attempts.every(({ end }) => end !== undefined),
          `${where}: ${image} has an open attempt`,
        );
      }
    }
  });

  /** Two pushes, a failure that passes; killed before its nth step, and started again. */
  async function scenario(killedAt: number) {
    const world = await settledWorld();
    const steps: string[] = [];
    let dead = false;
    const dying = new Watch(
      world.world((step) => {
        if (steps.length === killedAt) dead = true;
        steps.push(step);
        if (dead) throw new Killed();
      }),
    );
    const isDead = () => dead;
    let watch = dying;
    watch.start();
    const settle = async () => {
      await watch.idle();
      if (!isDead() || watch !== dying) return;
      await watch.stop();
      watch = new Watch(world.world());
      watch.start();
      await watch.idle();
    };
    await settle();
    world.broken.add(`web ${first}`);
    world.upstream.set(debian, second);
    watch.pushed([pushOf(debian)]);
    await settle();
    world.upstream.set(node, third);
    watch.pushed([pushOf(node)]);
    await settle();
    for (let step = 0; step < 20; step += 1) {
      world.clock.moveTo(world.clock.now() + DAY);
      await settle();
    }
    await watch.stop();
    return { world, steps };
  }

  it("bears ten thousand events, doubled, lost and out of order, with one place in its queue for each image", async () => {
    const many = Array.from({ length: 50 }, (_, number) => `docker.io/library/base-${number}:1`);
    const watched = many.map((name) => ({ name, delayMs: 0, autoRebuild: true }));
    const world = new FakeWorld([{ id: "all", bases: many }], watched, START);
    for (const name of many) world.upstream.set(name, first);
    const watch = await startedWatch(world);
    const before = world.looks;
    let random = 7;
    const next = (below: number) => {
      random = (random * 48_271) % 2_147_483_647;
      return random % below;
    };
    for (let event = 0; event < 10_000; event += 1) {
      const image = many[next(50)] ?? "";
      world.upstream.set(image, digestOf(`${image} ${next(20)}`));
      // A third is lost, a third is doubled, and some tell of what was long ago.
      const told = next(3);
      if (told > 0) watch.pushed(Array(told).fill(pushOf(many[next(10) === 0 ? next(50) : many.indexOf(image)] ?? "")));
      if (event % 1000 === 0) await watch.idle();
    }
    await watch.idle();
    assert.ok(world.looks - before < 3000, `${world.looks - before} looks`);
    // What was lost is found by the pass that comes now and then.
    world.clock.moveTo(world.clock.now() + 2 * 3_600_000);
    await watch.idle();
    world.clock.moveTo(world.clock.now() + 2 * DAY);
    await watch.idle();
    for (const image of many) {
      assert.equal(world.store.states.get(image)?.adopted?.digest, world.upstream.get(image), image);
    }
    const means = new Map(many.map((image) => [image, world.upstream.get(image)]));
    for (const { image, digest } of world.releases.get("all")?.build.on ?? []) assert.equal(digest, means.get(image));
    await watch.stop();
  });

  it("starts nothing for our own pushes, for signatures and for quarantine", async () => {
    const world = await settledWorld(0);
    const watch = await startedWatch(world);
    const looks = world.looks;
    const names = ["127.0.0.1:5000/web", "127.0.0.1:5000/candidate/web", "docker.io/library/debian-slim"];
    watch.pushed(names.map((repository) => ({ repository, tag: "local", digest: first })));
    watch.pushed([{ ...pushOf(debian), tag: "13" }]);
    await watch.idle();
    assert.equal(world.looks, looks);

    // A watched name that shows what we have built is no news either.
    world.upstream.set(debian, world.releases.get("web")?.build.digest ?? "");
    watch.pushed([pushOf(debian)]);
    await watch.idle();
    assert.equal(world.store.states.get(debian)?.ledger.length, 1);
    assert.deepEqual(world.runs, []);
    await watch.stop();
  });

  describe("in a federation", () => {
    const HOUR = 3_600_000;
    const assets = "registry.example.com/data/assets:1";
    const own: readonly FakeImage[] = [
      { id: "node", bases: [debian] },
      { id: "portal", bases: ["node", assets] },
      { id: "shop", bases: ["portal"] },
      { id: "docs", bases: ["node"] },
    ];
    const member = (name: string, all: readonly FakeImage[]): Member => ({
      name,
      repository: name,
      registry: `registry.example.com/${name || "platform"}`,
      waitMs: 5 * HOUR,
      images: all.map(({ id, bases }) => ({ id, kind: "base", bases, autoRebuild: true })),
      faults: [],
    });
    const data = member("data", [{ id: "assets", bases: ["registry.example.com/platform/node:1"] }]);

    /** Everything built on the first digests, then a new one of debian, adopted; what is to be done by itself is done. */
    async function cascade(others: readonly Member[], prepare: (world: FakeWorld) => void = () => {}, early?: string) {
      const delays = [DAY, 0];
      const watched = [debian, assets].map((name, at) => ({ name, delayMs: delays[at] ?? 0, autoRebuild: true }));
      const world = new FakeWorld(own, watched, START);
      world.federation = federate(member("", own), others);
      for (const { name } of watched) world.upstream.set(name, first);
      const watch = await startedWatch(world);
      world.clock.moveTo(START + 2 * DAY);
      await watch.idle();
      world.clock.moveTo(START + 3 * DAY);
      await watch.idle();
      world.runs = [];
      prepare(world);
      world.upstream.set(debian, second);
      if (early !== undefined) world.upstream.set(early, third);
      watch.pushed([debian, ...(early === undefined ? [] : [early])].map(pushOf));
      await watch.idle();
      const since = world.clock.now() + DAY;
      world.clock.moveTo(since);
      await watch.idle();
      const at = async (hours: number) => {
        world.clock.moveTo(since + hours * HOUR);
        await watch.idle();
      };
      return { at, since, watch, world };
    }

    it("builds once on both where another repository's image comes in time, and meanwhile whatever need not wait", async () => {
      const { at, watch, world } = await cascade([data]);
      await at(4);
      assert.deepEqual(world.runs.slice(0, 1), [["node", "docs"]]);
      assert.equal(world.runs.length, 1, JSON.stringify(world.runs));
      world.upstream.set(assets, second);
      watch.pushed([pushOf(assets)]);
      await watch.idle();
      assert.deepEqual(world.runs.slice(1), [["portal", "shop"]]);
      assert.deepEqual(
        world.releases.get("portal")?.build.on.map(({ digest }) => digest),
        [world.releases.get("node")?.build.digest, second],
      );
      await watch.stop();
    });

    it("says for whom it waits and until when, gives up then, and writes down what did not come", async () => {
      const { at, since, watch, world } = await cascade([data]);
      const until = new Date(since + 5 * HOUR).toISOString().replace(".000", "");
      assert.ok(world.lines.includes(`portal: awaits data/assets, gives up ${until}`), world.lines.join("\n"));
      await at(5 - 1 / 3600);
      assert.equal(world.runs.length, 1);
      await at(5);
      assert.deepEqual(world.runs.slice(1), [["portal", "shop"]]);
      assert.deepEqual(attemptsOf(world, "portal")?.slice(1), [
        "succeeded: node changed. data/assets did not come in time.",
      ]);
      world.upstream.set(assets, second);
      watch.pushed([pushOf(assets)]);
      await watch.idle();
      assert.deepEqual(world.runs.slice(2), [["portal", "shop"]], "its release is a change of its own later");
      await watch.stop();
    });

    it("waits for nobody who was faster, and for nobody whose catalogue is not understood", async () => {
      const broken = { ...data, images: [], faults: [{ reason: "it cannot be fetched" }] };
      const { watch, world } = await cascade([broken]);
      assert.deepEqual(world.runs, [["node", "portal", "shop", "docs"]]);
      await watch.stop();

      // Its release comes while debian soaks here.
      const early = await cascade([data], () => {}, assets);
      assert.deepEqual(early.world.runs, [
        ["portal", "shop"],
        ["node", "portal", "shop", "docs"],
      ]);
      await early.watch.stop();
    });

    it("does not wait with a proved fix", async () => {
      const fixed = [{ cve: "CVE-2026-1", severity: "CRITICAL" as const }];
      const { watch, world } = await cascade([data], (before) => {
        before.differences.set(`${first} ${second}`, { image: debian, from: first, to: second, fixed, unrelated: [] });
      });
      assert.deepEqual(world.runs, [["node", "portal", "shop", "docs"]]);
      await watch.stop();
    });
  });

  it("keeps all it has where a tag is gone, and tells it once", async () => {
    const world = await settledWorld(0);
    const watch = await startedWatch(world);
    const before = world.store.states;
    world.upstream.delete(debian);
    for (let time = 0; time < 3; time += 1) {
      watch.pushed([pushOf(debian)]);
      await watch.idle();
    }
    assert.deepEqual(world.store.states, before);
    assert.deepEqual(
      world.lines.filter((line) => line.includes("gone")),
      [`${debian}: it is gone.`],
    );
    await watch.stop();
  });
});

class Killed extends Error {}

describe("one look at a stack whose engine a workflow runs", () => {
  async function lookOnce(world: FakeWorld): Promise<Watch> {
    const watch = new Watch(world.world(() => {}, false));
    watch.start();
    await watch.idle();
    await watch.stop();
    return watch;
  }
  const last = (world: FakeWorld, image: string) => attemptsOf(world, image)?.at(-1)?.split(":")[0];

  it("finds what no event told, adopts it when it has soaked, and enters what the workflow built", async () => {
    const world = await settledWorld();
    world.upstream.set(debian, second);
    await lookOnce(world);
    assert.equal(world.store.states.get(debian)?.ledger.at(-1)?.digest, second);
    assert.equal(world.store.states.get(debian)?.adopted?.digest, first);
    world.clock.moveTo(world.clock.now() + 7 * DAY);
    assert.equal((await lookOnce(world)).wasTroubled, false);
    assert.equal(world.store.states.get(debian)?.adopted?.digest, second);
    assert.deepEqual(world.runs, [], "it runs no engine");
    assert.equal(last(world, "python"), "undefined", "begun");
    await world.runElsewhere();
    await lookOnce(world);
    assert.deepEqual(
      built(world),
      images.map(({ id }) => id),
    );
    assert.equal(last(world, "python"), "succeeded");
    const settled = world.store.states;
    await lookOnce(world);
    assert.deepEqual(world.store.states, settled, "another look changes nothing");
  });

  it("counts what failed in the workflow, three times and no more", async () => {
    const world = await settledWorld(0);
    world.upstream.set(debian, second);
    world.broken.add(`ruby ${second}`);
    for (let night = 0; night < 5; night += 1) {
      await lookOnce(world);
      await world.runElsewhere();
      world.clock.moveTo(world.clock.now() + DAY);
      await lookOnce(world);
    }
    const failures = attemptsOf(world, "ruby")?.filter((line) => line.startsWith("failed"));
    assert.equal(failures?.length, 3, attemptsOf(world, "ruby")?.join("\n"));
    assert.equal(last(world, "api"), "succeeded", "what does not stand on it is built");
  });

  it("closes a rebuild as interrupted that no run tells of, and begins it again", async () => {
    const world = await settledWorld(0);
    world.upstream.set(debian, second);
    await lookOnce(world);
    await lookOnce(world);
    assert.match(attemptsOf(world, "python")?.at(-2) ?? "", /^interrupted/);
    await world.runElsewhere();
    await lookOnce(world);
    assert.equal(last(world, "python"), "succeeded");
  });

  it("says that an upstream was not there, and goes on with the others", async () => {
    const world = await settledWorld(0);
    world.upstream.delete(node);
    world.upstream.set(debian, second);
    const watch = await lookOnce(world);
    assert.equal(watch.wasTroubled, true);
    assert.equal(world.store.states.get(debian)?.adopted?.digest, second);
  });
});
