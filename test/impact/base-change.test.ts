import assert from "node:assert/strict";
import { readBaseChange } from "../../domain/impact/base-change.js";
import type { Reachable } from "../../domain/impact/types.js";
import { formatProblems } from "../../domain/problems.js";
import { adopt, newState, observe, reject } from "../../domain/state/transitions.js";

const DEBIAN = "docker.io/library/debian:12";
const [old, next, same, bad, banned] = ["a", "b", "c", "d", "e"].map((letter) => `sha256:${letter.repeat(64)}`) as [
  string,
  string,
  string,
  string,
  string,
];

const images: readonly Reachable[] = [
  { id: "python", kind: "base", bases: [DEBIAN, "pool/python"], autoRebuild: true },
  { id: "web", kind: "application", bases: ["python"], autoRebuild: true },
];

function seen(digest: string, day: string, contents?: string) {
  const more = contents === undefined ? {} : { contents };
  return { digest, tag: "12", platforms: [], firstSeen: `2026-11-${day}T00:00:00Z`, how: "event", ...more } as const;
}

function knowledge() {
  let state = newState(DEBIAN, "external");
  for (const sight of [seen(old, "01", "x"), seen(next, "02"), seen(same, "03", "x"), seen(bad, "04")]) {
    state = observe(state, sight);
  }
  state = adopt(state, { digest: old, tag: "12", platforms: [], at: "2026-11-01T00:00:00Z", cause: "pinned" });
  state = reject(state, bad, "2026-11-05T00:00:00Z", "nothing could be built on it");
  const recall = { digest: banned, image: "debian", reason: "it leaks", by: "security", date: "2026-11-06" };
  const watched = [{ name: DEBIAN, delayMs: 7 * 24 * 3_600_000, autoRebuild: true }];
  return { images, watched, states: new Map([[DEBIAN, state]]), recalls: [recall] };
}

function read(written: string) {
  const { value, problems } = readBaseChange(written, knowledge());
  assert.deepEqual(problems, []);
  return { given: value?.change.given, own: [...(value?.change.own.keys() ?? [])], notes: value?.notes };
}

describe("a change of a base", () => {
  const rows: readonly (readonly [string, string, readonly string[], readonly string[], RegExp | undefined])[] = [
    ["a name as Dockerfiles write it", "debian:12", [DEBIAN], [], undefined],
    ["a base of ours is built again", "python", [], ["python"], undefined],
    ["a build of ours is there already", `python=${next}`, ["python"], [], undefined],
    ["a pool", "pool/python", ["pool/python"], [], undefined],
    [
      "a digest that soaks",
      `debian:12=${next}`,
      [DEBIAN],
      [],
      /First seen 2026-11-02T00:00:00Z: .* 2026-11-09T00:00:00Z/,
    ],
    ["a digest never seen", `debian:12=sha256:${"f".repeat(64)}`, [DEBIAN], [], /never seen here.* 7d after/],
    ["the present digest", `debian:12=${old}`, [], [], /adopted already/],
    ["the same contents", `debian:12=${same}`, [], [], /hold the same/],
    ["a rejected digest", `debian:12=${bad}`, [], [], /rejected \(nothing could be built on it\)/],
    ["a recalled digest", `debian:12=${banned}`, [], [], /recalled \(it leaks\)/],
  ];
  for (const [title, written, given, own, note] of rows) {
    it(title, () => {
      const change = read(written);
      assert.deepEqual([change.given, change.own], [given, own]);
      if (note === undefined) assert.deepEqual(change.notes, []);
      else assert.match(change.notes?.join() ?? "", note);
    });
  }

  it("says all that is wrong with what was written, and what is known", () => {
    const { value, problems } = readBaseChange("pyton=sha256:12", knowledge());
    assert.equal(value, undefined);
    assert.equal(
      formatProblems("the command", problems),
      `2 problems in the command
 - factory plan --change: nothing here stands on "pyton", and no image has this name.
   Did you mean "python"? Known: ${DEBIAN}, pool/python, python, web.
 - factory plan --change: "sha256:12" is no digest: allowed is sha256: and 64 hexadecimal digits.
   Write pyton=sha256:..., or pyton alone.`,
    );
  });
});
