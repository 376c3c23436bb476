import assert from "node:assert/strict";
import fc from "fast-check";
import { formatPlace } from "../../domain/problems.js";
import { stateFileName } from "../../domain/state/file-name.js";
import { parseState } from "../../domain/state/parse.js";
import { renderState } from "../../domain/state/render.js";
import { adopt, built, finish, newState, observe, reject, start, withdraw } from "../../domain/state/transitions.js";
import type { ImageState } from "../../domain/state/types.js";
import { states } from "./arbitrary-states.js";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

const name = "docker.io/library/nginx:1.29";
const file = `state/${stateFileName(name)}`;

const sample: ImageState = adopt(
  observe(newState(name, "external", { repoURL: "docker.io/library/nginx", allowTags: "^1\\.29$" }), {
    digest: digest("a"),
    tag: "1.29",
    platforms: ["linux/amd64", "linux/arm64"],
    firstSeen: "2026-11-01T00:00:00Z",
    how: "pin",
  }),
  {
    digest: digest("a"),
    tag: "1.29",
    platforms: ["linux/amd64", "linux/arm64"],
    at: "2026-11-01T00:00:00Z",
    cause: "pinned by hand",
  },
);

const GOLDEN = `# Written by the image factory. Append-only history: correct it by a commit of its own.
schema: 2
image: docker.io/library/nginx:1.29
kind: external
warehouse:
  repoURL: docker.io/library/nginx
  allowTags: ^1\\.29$
adopted:
  digest: ${digest("a")}
  tag: '1.29'
  platforms:
    - linux/amd64
    - linux/arm64
  at: '2026-11-01T00:00:00Z'
  cause: pinned by hand
ledger:
  - digest: ${digest("a")}
    tag: '1.29'
    platforms:
      - linux/amd64
      - linux/arm64
    firstSeen: '2026-11-01T00:00:00Z'
    how: pin
updates:
  - to: ${digest("a")}
    at: '2026-11-01T00:00:00Z'
    cause: pinned by hand
dependents: []
attempts: []
`;

describe("state file", () => {
  it("is rendered in the schema's order", () => {
    assert.equal(renderState(sample), GOLDEN);
  });

  it("is the same text whatever the order of the properties", () => {
    const reversed = Object.fromEntries(Object.entries(sample).reverse()) as unknown as ImageState;
    assert.equal(renderState(reversed), GOLDEN);
  });

  it("gives back any state that was rendered", () => {
    fc.assert(
      fc.property(states(), (state) => {
        const { value, problems } = parseState(`state/${stateFileName(state.image)}`, renderState(state));
        assert.deepEqual(problems, []);
        assert.deepEqual(value, state);
      }),
    );
  });

  it("of the version before is brought up to date, and written so", () => {
    const { value, problems } = parseState(file, GOLDEN.replace("schema: 2", "schema: 1"));
    assert.deepEqual(problems, []);
    assert.ok(value !== undefined);
    assert.equal(renderState(value), GOLDEN);
  });

  it("has a name that leads back to its image", () => {
    const names = [name, "python-dev", "127.0.0.1:5000/a/b:c_d", "a.b/c__d:1"];
    assert.deepEqual(
      names.map((each) => stateFileName(each).slice(0, -5).replaceAll("+", "/").replaceAll("@", ":")),
      names,
    );
  });

  const damaged: Record<string, { readonly text: string; readonly at: string; readonly says: RegExp }> = {
    "no YAML": { text: "schema: [1", at: `${file}:1`, says: /this is not YAML/ },
    "an empty file": { text: "", at: file, says: /no schema version/ },
    "a newer schema": {
      text: GOLDEN.replace("schema: 2", "schema: 3"),
      at: `${file}:2`,
      says: /schema 3 is not known/,
    },
    "a schema of another type": { text: GOLDEN.replace("schema: 2", "schema: one"), at: `${file}:2`, says: /"one"/ },
    "an unknown key": { text: GOLDEN.replace("how: pin", "how: pin\n    who: me"), at: `${file}:24`, says: /"who"/ },
    "a digest that is too short": {
      text: GOLDEN.replace(`to: ${digest("a")}`, "to: sha256:abc"),
      at: `${file}:25`,
      says: /sha256:abc/,
    },
    "a day that does not exist": {
      text: GOLDEN.replace("firstSeen: '2026-11-01", "firstSeen: '2026-13-01"),
      at: `${file}:22`,
      says: /2026-13-01/,
    },
    "an adopted digest that nobody has seen": {
      text: GOLDEN.replace(`digest: ${digest("a")}`, `digest: ${digest("b")}`),
      at: `${file}:9`,
      says: /not in the ledger/,
    },
    "the state of another image": {
      text: GOLDEN.replace("nginx:1.29", "nginx:1.28"),
      at: `${file}:3`,
      says: /nginx@1.28/,
    },
  };
  for (const [what, { text, at, says }] of Object.entries(damaged)) {
    it(`refuses ${what}, with the line, and gives no state that could overwrite it`, () => {
      const { value, problems } = parseState(file, text);
      assert.equal(value, undefined);
      assert.deepEqual(
        problems.map(({ place }) => formatPlace(place)),
        [at],
      );
      assert.match(problems[0]?.message ?? "", says);
      assert.match(problems[0]?.remedy ?? "", /from git|update this checkout/);
    });
  }
});

describe("state transitions", () => {
  const seen = {
    digest: digest("a"),
    tag: "1.29",
    platforms: [],
    firstSeen: "2026-11-02T00:00:00Z",
    how: "event",
  } as const;

  it("keep the first sight of a digest, and remember the later one", () => {
    const again = [{ tag: "1.29", digest: digest("a"), seen: "2026-11-02T00:00:00Z" }];
    assert.deepEqual(observe(sample, seen), { ...sample, again });
    assert.deepEqual(observe(observe(sample, seen), seen), { ...sample, again });
  });

  it("take an earlier sight that arrives later for the first", () => {
    const late = observe(observe(newState(name, "external"), seen), { ...seen, firstSeen: "2026-11-01T00:00:00Z" });
    assert.deepEqual(late.ledger, [{ ...seen, firstSeen: "2026-11-01T00:00:00Z" }]);
  });

  it("close an attempt once, and one that was left open when the next starts", () => {
    const attempt = { cause: "nginx changed.", on: [], start: "2026-11-02T00:00:00Z" };
    const next = { ...attempt, start: "2026-11-03T00:00:00Z" };
    const ended = finish(start(start(sample, attempt), next), "failed", "2026-11-03T01:00:00Z");
    assert.deepEqual(ended.attempts, [
      { ...attempt, end: "2026-11-03T00:00:00Z", result: "interrupted" },
      { ...next, end: "2026-11-03T01:00:00Z", result: "failed" },
    ]);
    assert.equal(finish(ended, "succeeded", "2026-11-04T00:00:00Z"), ended);
  });

  it("enter a build once, and the same digest on another base as another build", () => {
    const build = { digest: digest("c"), on: [{ image: "python", digest: digest("a") }], at: "2026-11-02T00:00:00Z" };
    const once = built(newState("web", "managed"), build, "b", []);
    assert.equal(built(once, { ...build, at: "2026-11-03T00:00:00Z" }, "b", []), once);
    const other = { ...build, on: [{ image: "python", digest: digest("b") }] };
    const twice = built(once, other, "b", []);
    assert.deepEqual([twice.ledger.length, twice.builds], [1, [build, other]]);
  });

  it("withdraw what is adopted, and reject a digest once", () => {
    const { adopted, ...rest } = sample;
    const gone = withdraw(sample, "2026-11-02T00:00:00Z", "recalled");
    const update = { from: digest("a"), at: "2026-11-02T00:00:00Z", cause: "recalled" };
    assert.deepEqual(gone, { ...rest, updates: [...sample.updates, update] });
    assert.equal(adopted?.digest, digest("a"));
    assert.equal(withdraw(gone, "2026-11-03T00:00:00Z", "recalled"), gone);
    const rejected = reject(gone, digest("a"), "2026-11-03T00:00:00Z", "broken");
    assert.equal(reject(rejected, digest("a"), "2026-11-04T00:00:00Z", "broken"), rejected);
  });

  it("append to the ledger and to the history", () => {
    const next = { ...seen, digest: digest("b") };
    const state = adopt(observe(sample, next), {
      digest: digest("b"),
      tag: "1.29",
      platforms: [],
      at: "2026-11-09T00:00:00Z",
      cause: "soaked for 7d",
    });
    assert.deepEqual(
      state.ledger.map((entry) => entry.digest),
      [digest("a"), digest("b")],
    );
    assert.deepEqual(state.updates.at(-1), {
      from: digest("a"),
      to: digest("b"),
      at: "2026-11-09T00:00:00Z",
      cause: "soaked for 7d",
    });
  });

  it("change nothing where the digest is adopted already", () => {
    const again = { ...sample.adopted, at: "2026-12-01T00:00:00Z" } as NonNullable<ImageState["adopted"]>;
    assert.equal(adopt(sample, again), sample);
  });
});
