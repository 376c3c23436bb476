import assert from "node:assert/strict";
import { RebuildEngine } from "../../domain/rebuild/engine.js";
import { adopt, finish, newState, observe, start } from "../../domain/state/transitions.js";
import type { ImageState } from "../../domain/state/types.js";

const digest = `sha256:${"a".repeat(64)}`;
const at = "2026-11-21T00:00:00Z";

describe("a rebuild that was interrupted", () => {
  it("is tried again at once, however often", () => {
    const seen = { digest, tag: "1", platforms: [], firstSeen: at, how: "event" } as const;
    const base = adopt(observe(newState("a:1", "external"), seen), { ...seen, at, cause: "test" });
    let web: ImageState = newState("web", "managed");
    for (let time = 0; time < 5; time += 1) {
      const begun = start(web, { cause: "test", on: [{ image: "a:1", digest }], start: at });
      web = finish(begun, "interrupted", at);
    }
    const fleet = {
      watched: [{ name: "a:1", delayMs: 0, autoRebuild: true }],
      built: [{ id: "web", bases: ["a:1"], autoRebuild: true }],
    };
    const engine = new RebuildEngine(fleet, { states: [base, web], recalls: [], differences: [] });
    const { actions } = engine.decide(Date.parse(at));
    assert.deepEqual(
      actions.map(({ kind, image }) => [kind, image]),
      [["rebuild", "web"]],
    );
  });
});
