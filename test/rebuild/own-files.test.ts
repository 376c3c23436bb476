import assert from "node:assert/strict";
import { RebuildEngine } from "../../domain/rebuild/engine.js";
import { adopt, built, newState, observe } from "../../domain/state/transitions.js";
import type { ImageState } from "../../domain/state/types.js";
import { digestOf, START, watched } from "./worlds.js";

const DEBIAN = "docker.io/library/debian:12";
const at = "2026-10-01T00:00:00Z";
const [first, second] = [digestOf("first"), digestOf("second")];

/** What is decided for web on a debian that means this, after these builds, of which the one at `released` is. */
function decided(
  debian: string,
  builds: readonly { readonly source: string; readonly on: string }[],
  released: number,
): readonly string[] {
  const seen = { digest: debian, tag: "12", platforms: [], firstSeen: at, how: "event" } as const;
  const base = adopt(observe(newState(DEBIAN, "external"), seen), { ...seen, at, cause: "test" });
  let web: ImageState = newState("web", "managed");
  for (const { on, source } of builds) {
    const build = { digest: digestOf(`${source} ${on}`), source, on: [{ image: DEBIAN, digest: on }], at };
    web = built(web, build, "b", []);
  }
  const { digest = "" } = web.builds?.[released] ?? {};
  web = adopt(web, { digest, tag: "b", platforms: [], at, cause: "test" });
  const fleet = { watched: [watched(DEBIAN, 0)], built: [{ id: "web", bases: [DEBIAN], autoRebuild: true }] };
  const engine = new RebuildEngine(fleet, { states: [base, web], recalls: [], differences: [] });
  return engine.decide(START).actions.map((action) => {
    return action.kind === "rebuild" ? `rebuild ${action.image}` : `${action.kind} ${action.image} ${action.digest}`;
  });
}

describe("a build of files that have changed since", () => {
  it("is left for a finished build of the present files, though it stands on the present bases", () => {
    const builds = [
      { source: "old", on: first },
      { source: "new", on: first },
    ];
    assert.deepEqual(decided(first, builds, 0), [`adopt web ${digestOf(`new ${first}`)}`]);
  });

  it("is not returned to where its bases are the present ones again: the present files are built on them", () => {
    const builds = [
      { source: "old", on: first },
      { source: "new", on: second },
    ];
    assert.deepEqual(decided(first, builds, 1), ["rebuild web"]);
  });

  it("is what a build of the same files on the same bases is not: that is returned to", () => {
    const builds = [
      { source: "new", on: first },
      { source: "new", on: second },
    ];
    assert.deepEqual(decided(first, builds, 1), [`return web ${digestOf(`new ${first}`)}`]);
  });
});
