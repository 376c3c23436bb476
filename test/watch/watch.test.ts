import assert from "node:assert/strict";
import fc from "fast-check";
import { newState } from "../../domain/state/transitions.js";
import type { ImageState } from "../../domain/state/types.js";
import { contentsOfPlatforms } from "../../domain/watch/contents.js";
import { pushesIn } from "../../domain/watch/notification.js";
import { lastSeen, see } from "../../domain/watch/sight.js";
import { newestTag, onlyTag } from "../../domain/watch/tags.js";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const index = "application/vnd.oci.image.index.v1+json";

function event(changes: Readonly<Record<string, unknown>> = {}, action = "push") {
  const target = { mediaType: index, digest: digest("a"), repository: "team/base", tag: "1", ...changes };
  return { action, target, request: { host: "127.0.0.1:5000" } };
}

describe("a registry's notification", () => {
  const silent: Record<string, unknown> = {
    "a pull": event({}, "pull"),
    "a deletion": event({}, "delete"),
    "a layer": event({ mediaType: "application/octet-stream" }),
    "a platform of an index": event({ tag: undefined }),
    "the list of a digest's signatures": event({ tag: `sha256-${"a".repeat(64)}` }),
    "BuildKit's record of a build": event({ tag: `sha256-${"a".repeat(64)}.record` }),
    "a signature": event({ mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json" }),
    "no host": { ...event(), request: {} },
    "no target": { action: "push" },
    "no event": 7,
  };
  for (const [what, each] of Object.entries(silent)) {
    it(`is no push of a tag where it tells ${what}, and does not hide the others`, () => {
      assert.deepEqual(pushesIn({ events: [each, event()] }), [
        { repository: "127.0.0.1:5000/team/base", tag: "1", digest: digest("a") },
      ]);
    });
  }

  it("is none where it is something else", () => {
    for (const body of [undefined, 7, [], {}, { events: 1 }]) assert.equal(pushesIn(body), undefined);
  });
});

describe("the tags that count", () => {
  const rows: readonly (readonly [string | undefined, readonly string[], string | undefined])[] = [
    [undefined, ["1", "latest"], "latest"],
    ["^1\\.29$", ["1x29", "1.29", "1.29.1"], "1.29"],
    ["^1\\.29\\.\\d+$", ["1.29.9", "1.29.10", "1.29.10-alpine", "1.30.1"], "1.29.10"],
    ["^1\\.\\d+", ["1.9.0", "1.10.0-rc.2", "1.10.0-rc.10"], "1.10.0-rc.10"],
    ["^1\\.\\d+", ["1.10.0-rc.10", "1.10.0", "1.10"], "1.10.0"],
    ["^\\d{8}$", ["20261101", "20261121"], "20261121"],
    ["^9", ["1"], undefined],
  ];
  for (const [allowTags, tags, newest] of rows) {
    it(`of ${tags.join(", ")} are those like ${allowTags ?? "latest"}, and ${newest ?? "none"} is the newest`, () => {
      const warehouse = allowTags === undefined ? {} : { allowTags };
      assert.equal(newestTag(warehouse, tags), newest);
      assert.equal(newestTag(warehouse, tags.toReversed()), newest);
    });
  }

  it("are a single one where the pattern can mean no other", () => {
    assert.equal(onlyTag({ allowTags: "^1\\.29-alpine_2$" }), "1.29-alpine_2");
    assert.equal(onlyTag({ allowTags: "^1.29$" }), undefined, "a point stands for any letter");
    assert.equal(onlyTag({ allowTags: "^1\\.29\\.\\d+$" }), undefined);
  });
});

describe("a sight", () => {
  const sight = (letter: string, tag = "1") => {
    return { image: "a:1", tag, digest: digest(letter), platforms: [], contents: letter };
  };
  const empty = newState("a:1", "external");

  it("is entered where the tag means something else than before, and in the order of looking whatever the clock says", () => {
    const letters = fc.constantFrom("a", "b", "c");
    const minutes = fc.integer({ min: -600, max: 600 });
    fc.assert(
      fc.property(fc.array(fc.tuple(letters, minutes), { minLength: 1 }), (looks) => {
        let state: ImageState = empty;
        let before: string | undefined;
        for (const [letter, minute] of looks) {
          const at = `${new Date(Date.UTC(2026, 10, 21) + minute * 60_000).toISOString().slice(0, 19)}Z`;
          const next = see(state, sight(letter), "event", at);
          assert.equal(next === state, letter === before);
          assert.equal(lastSeen(next, "1"), digest(letter));
          before = letter;
          state = next;
        }
      }),
    );
  });

  it("is not held back by one of a clock that was wrong by years", () => {
    const wrong = see(empty, sight("a"), "event", "2099-01-01T00:00:00Z");
    const right = see(wrong, sight("b"), "event", "2026-11-21T00:00:00Z");
    assert.deepEqual(
      right.ledger.map(({ firstSeen }) => firstSeen),
      ["2026-11-21T00:00:00Z", "2099-01-01T00:00:00Z"],
    );
  });
});

describe("what platforms hold", () => {
  it("is the same whatever their order, and what does not count does not change it", () => {
    const [amd64, arm64] = [
      { platform: "linux/amd64", digest: digest("a") },
      { platform: "linux/arm64", digest: digest("b") },
    ];
    assert.equal(contentsOfPlatforms([amd64, arm64]), contentsOfPlatforms([arm64, amd64]));
    assert.notEqual(contentsOfPlatforms([amd64]), contentsOfPlatforms([amd64, arm64]));
    assert.equal(contentsOfPlatforms([amd64, arm64], "linux/amd64"), contentsOfPlatforms([amd64]));
  });
});
