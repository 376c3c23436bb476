import assert from "node:assert/strict";
import { toInstant } from "../../domain/rebuild/times.js";
import type { Difference } from "../../domain/rebuild/types.js";
import { type Look, World } from "../../domain/simulate/world.js";
import { newState } from "../../domain/state/transitions.js";
import {
  buildOf,
  DAY,
  digestOf,
  firstDigest,
  HOUR,
  image,
  liveOf,
  movesOf,
  RULES,
  rebuildAll,
  recallLine,
  START,
  settledWorld,
  sight,
  watched,
} from "./worlds.js";

const DEBIAN = "docker.io/library/debian:12";
const [first, second, third] = [firstDigest(DEBIAN), digestOf("second"), digestOf("third")];

/** debian <- python <- web, api; debian <- node <- site. */
const fleet = {
  watched: [watched(DEBIAN, 7)],
  built: [
    image("node", DEBIAN),
    image("python", DEBIAN),
    image("api", "python"),
    image("site", "node"),
    image("web", "python"),
  ],
};

function ids(look: Pick<Look, "rebuilds">): readonly string[] {
  return look.rebuilds.map((rebuild) => rebuild.image);
}

describe("a new digest", () => {
  it("is adopted when it has soaked, and not a second before; the verdict says when to look again", () => {
    const world = settledWorld(fleet);
    world.see(DEBIAN, sight(second, START));
    const early = world.look(START + 7 * DAY - 1000);
    assert.deepEqual([early.moves, early.rebuilds], [[], []]);
    assert.equal(early.nextDue, toInstant(START + 7 * DAY));
    assert.deepEqual(
      [...early.waiting()],
      [{ kind: "hold", image: DEBIAN, until: early.nextDue, reason: "a new digest has been known for less than 7d." }],
    );
    const due = world.look(START + 7 * DAY);
    assert.throws(() => [...early.waiting()], /decided again/);
    assert.deepEqual(due.moves, [
      {
        kind: "adopt",
        image: DEBIAN,
        digest: second,
        reason: "known since 2026-11-01T00:00:00Z: it has soaked for 7d.",
      },
    ]);
    assert.deepEqual(ids(due), ["node", "python"]);
    assert.deepEqual(due.rebuilds[0]?.causes, [{ image: DEBIAN, from: first, to: second }]);
    assert.deepEqual(
      [...due.waiting()].map((each) => [each.image, each.kind, each.kind === "wave" && each.wave]),
      [
        ["api", "wave", 1],
        ["site", "wave", 1],
        ["web", "wave", 1],
      ],
    );
  });

  it("needs no soak where the delay is 0", () => {
    const world = settledWorld({ ...fleet, watched: [watched(DEBIAN, 0)] });
    world.see(DEBIAN, sight(second, START));
    assert.deepEqual(movesOf(world.look(START), "adopt"), [DEBIAN]);
  });

  it("does not starve the ones before it: pushed daily for 30 days, each is adopted after its 7 days", () => {
    const world = settledWorld(fleet);
    const adopted: (readonly [number, string | undefined])[] = [];
    for (let day = 0; day < 30; day += 1) {
      const now = START + day * DAY;
      world.see(DEBIAN, sight(digestOf(`day ${day}`), now));
      const before = liveOf(world, DEBIAN);
      rebuildAll(world, now);
      if (liveOf(world, DEBIAN) !== before) adopted.push([day, liveOf(world, DEBIAN)]);
    }
    assert.deepEqual(
      adopted,
      Array.from({ length: 23 }, (_, index) => [index + 7, digestOf(`day ${index}`)]),
    );
  });

  it("is as old as we know it, whatever its publisher wrote", () => {
    const world = settledWorld(fleet);
    const claimed = { ...sight(second, START), created: "2020-01-01T00:00:00Z", tag: "1" };
    world.see(DEBIAN, claimed);
    assert.deepEqual(world.look(START + 7 * DAY - 1000).moves, []);
    assert.deepEqual(movesOf(world.look(START + 7 * DAY), "adopt"), [DEBIAN]);
  });

  it("is not adopted when its publisher went back to an older one meanwhile", () => {
    const world = settledWorld(fleet);
    world.see(DEBIAN, sight(second, START));
    world.see(DEBIAN, sight(first, START + DAY));
    world.see(DEBIAN, sight(third, START + 2 * DAY));
    assert.deepEqual(world.look(START + 8 * DAY).moves, []);
    world.see(DEBIAN, sight(second, START + 8 * DAY));
    assert.deepEqual(
      world.look(START + 8 * DAY).moves.map((move) => move.digest),
      [second],
    );
  });

  it("waits while the clock says that it has not been seen yet", () => {
    const world = settledWorld(fleet);
    world.see(DEBIAN, sight(second, START + 300 * DAY));
    const look = world.look(START + DAY);
    assert.deepEqual(look.moves, []);
    assert.equal(look.nextDue, toInstant(START + 307 * DAY));
  });

  it("is left to a person where autoRebuild is off", () => {
    const world = settledWorld({ ...fleet, watched: [watched(DEBIAN, 0)] });
    const manual = new World({ ...fleet, watched: [watched(DEBIAN, 0, false)] }, RULES, world.states.values());
    manual.see(DEBIAN, sight(second, START));
    const look = manual.look(START);
    assert.deepEqual([look.moves, look.rebuilds], [[], []]);
    assert.match([...look.waiting()][0]?.reason ?? "", /autoRebuild is off: type npx factory pin .* --digest sha256:/);
  });

  it("with the contents of the one before it changes nothing", () => {
    const world = new World(fleet, RULES);
    world.see(DEBIAN, sight(first, START - 8 * DAY, { contents: "the same" }));
    rebuildAll(world, START);
    world.see(DEBIAN, sight(second, START, { contents: "the same" }));
    const look = world.look(START + 30 * DAY);
    assert.deepEqual([look.moves, look.rebuilds, [...look.waiting()], look.nextDue], [[], [], [], undefined]);
  });
});

describe("the fast path", () => {
  const fixed = [{ cve: "CVE-2026-1", severity: "CRITICAL" }] as const;
  const proof: Difference = { image: DEBIAN, from: first, to: second, fixed, unrelated: [] };
  const rows: Record<string, { readonly difference: Difference; readonly adopted: boolean }> = {
    "a fix and nothing else": { difference: proof, adopted: true },
    "a fix with something unrelated": { difference: { ...proof, unrelated: ["bash"] }, adopted: false },
    "a fix of no weight": {
      difference: { ...proof, fixed: [{ cve: "CVE-2026-2", severity: "MEDIUM" }] },
      adopted: false,
    },
    "no fix": { difference: { ...proof, fixed: [] }, adopted: false },
    "a fix of another digest than the adopted one": { difference: { ...proof, from: third }, adopted: false },
  };
  for (const [what, { difference, adopted }] of Object.entries(rows)) {
    it(`${adopted ? "takes" : "refuses"} ${what}`, () => {
      const world = settledWorld(fleet);
      world.see(DEBIAN, sight(second, START));
      world.compare(difference);
      const { moves } = world.look(START);
      assert.equal(moves.length, adopted ? 1 : 0);
      if (adopted) assert.match(moves[0]?.reason ?? "", /CVE-2026-1 \(CRITICAL\) and changes nothing else/);
    });
  }
});

describe("a cascade", () => {
  function changed() {
    const world = settledWorld(fleet);
    world.see(DEBIAN, sight(second, START));
    return { world, now: START + 7 * DAY };
  }

  it("builds parents first, each once, and releases them", () => {
    const { world, now } = changed();
    assert.deepEqual(
      rebuildAll(world, now).map((rebuild) => rebuild.image),
      ["node", "python", "api", "site", "web"],
    );
    assert.deepEqual([...world.look(now).waiting()], []);
  });

  it("holds the children of what failed, and nobody else", () => {
    const { world, now } = changed();
    rebuildAll(world, now, (id) => id === "python");
    assert.equal(liveOf(world, "site") !== settledLive("site"), true);
    assert.equal(liveOf(world, "web"), settledLive("web"));
    const waiting = [...world.look(now).waiting()];
    assert.deepEqual(
      waiting.map((each) => each.image),
      ["python", "api", "web"],
    );
  });

  it("tries again after 10 and 20 minutes, then gives up until a base changes", () => {
    const { world, now } = changed();
    const starts: number[] = [];
    let at = now;
    for (let round = 0; round < 6; round += 1) {
      const done = rebuildAll(world, at, (id) => id === "python");
      if (done.some((rebuild) => rebuild.image === "python")) starts.push((at - now) / 60_000);
      const next = world.look(at).nextDue;
      if (next === undefined) break;
      at = Date.parse(next);
    }
    assert.deepEqual(starts, [0, 10, 30]);
    const given = [...world.look(at).waiting()].find((each) => each.image === "python");
    assert.equal(given?.kind, "give-up");
    world.see(DEBIAN, sight(third, at));
    assert.ok(rebuildAll(world, at + 7 * DAY).some((rebuild) => rebuild.image === "python"));
  });

  const same: Record<string, (before: string) => { readonly digest: string; readonly contents?: string }> = {
    "is the very same digest": (before) => ({ digest: before }),
    "holds the same under another digest": (before) => ({ digest: digestOf("other"), contents: before }),
  };
  for (const [what, outcome] of Object.entries(same)) {
    it(`stops where a build ${what}`, () => {
      const { world, now } = changed();
      const python = world.look(now).rebuilds.find((rebuild) => rebuild.image === "python");
      const before = liveOf(world, "python");
      assert.ok(python !== undefined && before !== undefined);
      world.start(python, now);
      world.end(python, { ...outcome(before), source: "1" }, now);
      const look = world.look(now);
      assert.deepEqual(look.moves, []);
      assert.deepEqual(
        [...look.waiting()].map((each) => each.image),
        ["site"],
      );
    });
  }

  it("is finished before the next digest is adopted, but not waited for longer than a day", () => {
    const world = settledWorld(fleet);
    world.see(DEBIAN, sight(second, START));
    world.see(DEBIAN, sight(third, START + HOUR));
    const now = START + 7 * DAY;
    const [node] = world.look(now).rebuilds;
    assert.ok(node !== undefined);
    world.start(node, now);
    const held = world.look(now + HOUR);
    assert.equal(liveOf(world, DEBIAN), second);
    assert.match([...held.waiting()][0]?.reason ?? "", /is still to be rebuilt on the one before/);
    world.look(now + DAY);
    assert.equal(liveOf(world, DEBIAN), third);
  });

  it("does not wait for an attempt that was killed", () => {
    const { world, now } = changed();
    for (const rebuild of world.look(now).rebuilds) world.start(rebuild, now);
    assert.deepEqual(world.look(now + 6 * HOUR - 1000).rebuilds, []);
    assert.deepEqual(ids(world.look(now + 6 * HOUR + RULES.backOffMs)), ["node", "python"]);
  });

  it("does not release what finished on a base that is gone meanwhile", () => {
    const { world, now } = changed();
    const [node] = world.look(now).rebuilds;
    assert.ok(node !== undefined);
    world.start(node, now);
    world.recall([recallLine(second)]);
    world.look(now);
    world.end(node, buildOf(node), now);
    assert.deepEqual(world.look(now).moves, []);
    assert.equal(liveOf(world, "node"), settledLive("node"));
  });
});

describe("a base on which nothing can be built", () => {
  it("is left for good, and the next one is adopted", () => {
    const world = settledWorld(fleet);
    world.see(DEBIAN, sight(second, START));
    const fails = (id: string) => id === "python" || id === "node";
    const now = START + 7 * DAY;
    for (let minutes = 0; minutes <= 60; minutes += 10) rebuildAll(world, now + minutes * 60_000, fails);
    assert.equal(liveOf(world, DEBIAN), first);
    assert.deepEqual(
      world.states.get(DEBIAN)?.rejected?.map((each) => each.digest),
      [second],
    );
    const look = world.look(now + 30 * DAY);
    assert.deepEqual([look.moves, look.rebuilds, [...look.waiting()]], [[], [], []]);
    world.see(DEBIAN, sight(third, now));
    rebuildAll(world, now + 7 * DAY);
    assert.equal(liveOf(world, DEBIAN), third);
  });

  it("is kept where one could be built", () => {
    const world = settledWorld(fleet);
    world.see(DEBIAN, sight(second, START));
    for (let minutes = 0; minutes <= 60; minutes += 10) {
      rebuildAll(world, START + 7 * DAY + minutes * 60_000, (id) => id === "python");
    }
    assert.equal(liveOf(world, DEBIAN), second);
  });
});

describe("a recall", () => {
  it("of a base returns everything in one look, builds nothing, and holds until the line is removed", () => {
    const world = settledWorld(fleet);
    world.see(DEBIAN, sight(second, START));
    const now = START + 7 * DAY;
    rebuildAll(world, now);
    world.recall([recallLine(second)]);
    const look = world.look(now);
    assert.deepEqual(movesOf(look, "return"), [DEBIAN, "node", "python", "api", "site", "web"]);
    assert.deepEqual(look.rebuilds, []);
    for (const { id } of fleet.built) assert.equal(liveOf(world, id), settledLive(id));
    assert.deepEqual(world.look(now + 30 * DAY).moves, []);
    world.recall([]);
    assert.deepEqual(movesOf(world.look(now + 30 * DAY), "adopt"), [DEBIAN, "node", "python", "api", "site", "web"]);
  });

  it("reaches what was built on a build of which we hear only later", () => {
    const { engine, states } = settledWorld(fleet);
    const node = states.get("node");
    assert.ok(node !== undefined);
    engine.setState(newState("node", "managed"));
    engine.setRecalls([recallLine(first)]);
    engine.decide(START);
    engine.setState(node);
    const withdrawn = engine.decide(START).actions.filter(({ kind }) => kind === "withdraw");
    assert.deepEqual(
      withdrawn.map(({ image }) => image),
      [DEBIAN, "node", "python", "api", "site", "web"],
    );
  });

  it("of a build returns it and its children, and does not build the same again", () => {
    const world = settledWorld(fleet);
    world.see(DEBIAN, sight(second, START));
    const now = START + 7 * DAY;
    rebuildAll(world, now);
    world.recall([recallLine(liveOf(world, "python") ?? "")]);
    const look = world.look(now);
    assert.deepEqual(movesOf(look, "return"), ["python", "api", "web"]);
    assert.deepEqual(look.rebuilds, []);
    assert.deepEqual(
      [...look.waiting()].map((each) => [each.image, each.kind]),
      [
        ["python", "give-up"],
        ["api", "hold"],
        ["web", "hold"],
      ],
    );
  });

  it("takes away what has nothing good to return to", () => {
    const world = settledWorld(fleet);
    world.recall([recallLine(first)]);
    assert.deepEqual(movesOf(world.look(START), "withdraw"), [DEBIAN, "node", "python", "api", "site", "web"]);
    assert.deepEqual(world.look(START).rebuilds, []);
    world.see(DEBIAN, sight(second, START));
    assert.equal(rebuildAll(world, START + 7 * DAY).length, 5);
  });

  it("of what a build is made of is one of the build", () => {
    const world = settledWorld(fleet);
    const pool = digestOf("pool");
    world.see(DEBIAN, sight(second, START));
    const [node] = world.look(START + 7 * DAY).rebuilds;
    assert.ok(node !== undefined);
    world.start(node, START + 7 * DAY);
    world.end(node, { ...buildOf(node), materials: [pool] }, START + 7 * DAY);
    world.look(START + 7 * DAY);
    world.recall([recallLine(pool)]);
    assert.deepEqual(movesOf(world.look(START + 7 * DAY), "return"), ["node"]);
  });
});

describe("our own pushes", () => {
  const rows: Record<string, readonly [string, string, string]> = {
    "an image of ours": ["python", "local", digestOf("x")],
    "a build of ours under a watched name": [DEBIAN, "1", settledLive("python")],
    "a signature": [DEBIAN, `sha256-${"a".repeat(64)}`, digestOf("x")],
    "a name that nobody watches": ["docker.io/library/other:1", "1", digestOf("x")],
  };
  for (const [what, [name, tag, digest]] of Object.entries(rows)) {
    it(`are no news: ${what}`, () => {
      const world = settledWorld(fleet);
      assert.equal(world.see(name, sight(digest, START, { tag })), false);
    });
  }

  it("differ from other people's", () => {
    assert.equal(settledWorld(fleet).see(DEBIAN, sight(digestOf("x"), START)), true);
  });
});

describe("a fleet", () => {
  it("names an image that comes before one that it stands on", () => {
    const wrong = { watched: [], built: [image("web", "python"), image("python")] };
    assert.throws(() => new World(wrong, RULES), /web comes before python, which it stands on/);
  });
});

/** What an image meant when everything was built on the first digest. */
function settledLive(id: string): string {
  return liveOf(settledWorld(fleet), id) ?? "";
}
