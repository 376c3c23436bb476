import assert from "node:assert/strict";
import type { PlannedImage } from "../../domain/plan/types.js";
import { planReleases } from "../../domain/release/plan.js";
import type { Rollback } from "../../domain/rollback/types.js";
import { testSettings } from "../support/settings.js";

const commit = "0123456789abcdef0123456789abcdef01234567";
const image = (id: string, dirty = false) =>
  ({
    id,
    node: { image: { directory: `images/${id}`, tags: { channel: true, commit: false, semver: "1.2.3" } } },
    revision: { commit, epoch: 1, dirty },
  }) as PlannedImage;
const rollback: Rollback = {
  image: "web",
  stack: "local",
  from: `sha256:${"a".repeat(64)}`,
  to: `sha256:${"b".repeat(64)}`,
  tags: ["local"],
  reason: "it answers nothing",
  by: "on-call",
  at: "2026-01-31T12:00:00Z",
};
const whole = { fixed: [], moving: ["local", "1.2.3", "1.2", "1"], head: "local" };

describe("the plan of releases", () => {
  const plan = { images: [image("api"), image("web")] };

  it("holds the moving tags of what was rolled back, and of nothing else", () => {
    const { value, problems } = planReleases(plan, testSettings(), [rollback]);
    assert.deepEqual(problems, []);
    assert.deepEqual(value.get("api"), { tags: whole });
    assert.deepEqual(value.get("web"), { tags: { fixed: [], moving: [] }, held: "it answers nothing" });
  });

  it("keeps fixed tags of what was rolled back", () => {
    const settings = testSettings({ release: { kind: "version", version: "v1.2.3" } });
    assert.deepEqual(planReleases(plan, settings, [rollback]).value.get("web")?.tags, {
      fixed: ["v1.2.3"],
      moving: [],
    });
  });

  it("sets tags anew once a rollback was lifted, though nothing else changed", () => {
    const lifted = "2026-02-01T12:00:00Z";
    const { value } = planReleases(plan, testSettings(), [{ ...rollback, lifted }]);
    assert.deepEqual(value.get("web"), { tags: whole, lifted });
  });

  const over: readonly [name: string, change: Partial<Rollback>][] = [
    ["a rollback of another image", { image: "web-dev" }],
    ["a rollback of another stack", { stack: "staging" }],
  ];
  for (const [name, change] of over) {
    it(`is not held by ${name}`, () => {
      assert.deepEqual(planReleases(plan, testSettings(), [{ ...rollback, ...change }]).value.get("web"), {
        tags: whole,
      });
    });
  }

  it("has no tags for a pull request", () => {
    const settings = testSettings({ release: { kind: "pull-request" } });
    assert.deepEqual(planReleases(plan, settings, [rollback]).value.get("web"), {});
  });

  it("refuses a commit or a version for what differs from its commit", () => {
    const release = { kind: "main", commit } as const;
    const { problems } = planReleases({ images: [image("web", true)] }, testSettings({ release }), []);
    assert.deepEqual(
      problems.map(({ place }) => place.file),
      ["images/web"],
    );
  });
});
