import assert from "node:assert/strict";
import fc from "fast-check";
import { enrolmentsOf } from "../../domain/enrolment/enrolments.js";
import { regenerate } from "../../domain/enrolment/regenerate.js";
import { loadImageGraph } from "../../domain/graph/load.js";
import { stateFileName } from "../../domain/state/file-name.js";
import { parseState } from "../../domain/state/parse.js";
import { renderState } from "../../domain/state/render.js";
import { adopt, newState, observe, start } from "../../domain/state/transitions.js";
import type { ImageKind, ImageState } from "../../domain/state/types.js";
import { TemporaryProject } from "../rebuild/temporary-project.js";
import { states } from "../state/arbitrary-states.js";

const node = "docker.io/library/node:24";
const digest = `sha256:${"a".repeat(64)}`;
const seen = { digest, tag: "24", platforms: [], firstSeen: "2026-11-01T00:00:00Z", how: "event" } as const;
const at = (day: number) => `2026-11-${String(day).padStart(2, "0")}T00:00:00Z`;

/** What `images.yaml` says of node, in the order of its life. */
const entries = {
  discovered: "images: []\n",
  enrolled: "images:\n  - name: node\n    repoURL: node\n    allowTags: ^24\\.\\d+$\n    platform: linux/amd64\n",
  managed: `images:
  - name: node
    repoURL: node
    source:
      repository: https://github.com/example/node
      dockerfile: Dockerfile
      workflow: .github/workflows/image.yml
`,
};

describe("enrolment", () => {
  const project = new TemporaryProject();
  after(() => project.remove());

  async function enrolments(imagesYaml: string, base = "node:24") {
    project.write({
      "images.yaml": imagesYaml,
      "bases/own/Dockerfile": `FROM ${base}\nUSER 1:1\n`,
      "images/web/Dockerfile": "FROM factory.invalid/own\nUSER 1:1\n",
    });
    const { value, problems } = await loadImageGraph(project.root);
    assert.deepEqual(problems, []);
    return enrolmentsOf(value.catalogue, value.graph);
  }

  it("takes folders, what Dockerfiles name and what images.yaml adds; only external images have a warehouse", async () => {
    const more =
      "  - name: redis\n    repoURL: ghcr.io/example/redis\n  - name: scratchpad\n    repoURL: ghcr.io/example/pad\n    source: { repository: https://github.com/example/pad, dockerfile: Dockerfile, workflow: w.yml }\n";
    const found = await enrolments(entries.enrolled + more);
    assert.deepEqual(
      found.map(({ entry, ...rest }) => ({ ...rest, entry: entry?.name })),
      [
        {
          image: node,
          kind: "external",
          warehouse: { repoURL: "docker.io/library/node", allowTags: "^24\\.\\d+$", platform: "linux/amd64" },
          dependents: ["own"],
          entry: "node",
        },
        { image: "ghcr.io/example/pad", kind: "managed", dependents: [], entry: "scratchpad" },
        {
          image: "ghcr.io/example/redis",
          kind: "external",
          warehouse: { repoURL: "ghcr.io/example/redis" },
          dependents: [],
          entry: "redis",
        },
        { image: "own", kind: "managed", dependents: ["web"], entry: undefined },
        { image: "web", kind: "managed", dependents: [], entry: undefined },
      ],
    );
  });

  it("takes an image through its life: discovered, enrolled, managed, external, removed, and back; its history stays", async () => {
    const steps: readonly (readonly [string, string | undefined, ImageKind, string | undefined])[] = [
      [entries.discovered, "node:24", "external", "^24$"],
      [entries.enrolled, "node:24", "external", "^24\\.\\d+$"],
      [entries.managed, "node:24", "managed", undefined],
      [entries.enrolled, "node:24", "external", "^24\\.\\d+$"],
      [entries.discovered, undefined, "removed", undefined],
      [entries.discovered, "node:24", "external", "^24$"],
    ];
    let state: ImageState | undefined;
    for (const [index, [text, base, kind, allowTags]] of steps.entries()) {
      const found = await enrolments(text, base ?? "debian:12");
      const changed = regenerate(new Map(state === undefined ? [] : [[node, state]]), found, at(index + 2));
      state = changed.find(({ image }) => image === node) ?? assert.fail("it has not changed");
      assert.deepEqual([state.kind, state.warehouse?.allowTags], [kind, allowTags]);
      assert.deepEqual(state.dependents, base === undefined ? [] : ["own"]);
      if (index === 0) {
        state = adopt(observe(state, seen), { digest, tag: "24", platforms: [], at: at(2), cause: "test" });
      }
      if (kind === "managed") state = start(state, { cause: "test", on: [], start: at(4) });
    }
    assert.deepEqual(state?.lifecycle, [
      { to: "external", at: at(2) },
      { from: "external", to: "managed", at: at(4) },
      { from: "managed", to: "external", at: at(5) },
      { from: "external", to: "removed", at: at(6) },
      { from: "removed", to: "external", at: at(7) },
    ]);
    assert.deepEqual(state?.ledger, [seen]);
    assert.deepEqual(state?.attempts, [{ cause: "test", on: [], start: at(4), end: at(5), result: "interrupted" }]);
    assert.equal(state?.adopted, undefined);
    assert.deepEqual(
      state?.updates.map(({ from, to, at: when }) => ({ from, to, when })),
      [
        { from: undefined, to: digest, when: at(2) },
        { from: digest, to: undefined, when: at(6) },
      ],
    );
  });

  it("keeps all that was seen, done and decided of any state, through any number of changes", () => {
    const kinds = fc.array(fc.constantFrom("external" as const, "managed" as const, "gone" as const), { minLength: 1 });
    fc.assert(
      fc.property(states(), kinds, (first, life) => {
        fc.pre(first.kind !== "removed");
        let state = first;
        for (const kind of life) {
          const found = kind === "gone" ? [] : [{ image: first.image, kind, dependents: ["web"] }];
          const [next = state, ...others] = regenerate(new Map([[state.image, state]]), found, at(1));
          assert.deepEqual(others, []);
          assert.deepEqual(regenerate(new Map([[next.image, next]]), found, at(2)), [], "the second time changes it");
          for (const key of ["ledger", "again", "rejected", "builds"] as const) assert.deepEqual(next[key], state[key]);
          assert.deepEqual(next.updates.slice(0, state.updates.length), state.updates);
          assert.deepEqual(next.lifecycle?.slice(0, state.lifecycle?.length ?? 0) ?? [], state.lifecycle ?? []);
          assert.equal(next.attempts.length, state.attempts.length);
          assert.equal(next.adopted === undefined, kind === "gone" || state.adopted === undefined);
          state = next;
        }
        assert.deepEqual(parseState(stateFileName(state.image), renderState(state)), { value: state, problems: [] });
      }),
    );
  });

  it("changes nothing where images.yaml and the Dockerfiles say the same", async () => {
    const found = await enrolments(entries.enrolled);
    const made = regenerate(new Map(), found, at(1));
    assert.deepEqual(
      made.map(({ image }) => image),
      [node, "own", "web"],
    );
    assert.deepEqual(regenerate(new Map(made.map((state) => [state.image, state])), found, at(2)), []);
  });

  it("makes the state of an image that has none", () => {
    const [made] = regenerate(new Map(), [{ image: "web", kind: "managed", dependents: [] }], at(1));
    assert.deepEqual(made, { ...newState("web", "managed"), lifecycle: [{ to: "managed", at: at(1) }] });
  });
});
