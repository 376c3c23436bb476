import assert from "node:assert/strict";
import { resolvePins } from "../../domain/pins/resolve-pins.js";
import { formatProblems } from "../../domain/problems.js";
import { adopt, newState, observe } from "../../domain/state/transitions.js";
import type { ImageState } from "../../domain/state/types.js";
import { application, base } from "../catalogue/fixtures.js";
import { digestOf, project } from "../plan/fixtures.js";

const settings = { allowedRegistries: ["docker.io", "ghcr.io/team"], state: "state" };
const NGINX = "docker.io/library/nginx:1.29";

function adopted(image: string, digest: string): ImageState {
  const seen = { digest, tag: "1", platforms: ["linux/amd64"] };
  const state = observe(newState(image, "external"), { ...seen, firstSeen: "2026-11-01T00:00:00Z", how: "pin" });
  return adopt(state, { ...seen, at: "2026-11-01T00:00:00Z", cause: "test" });
}

function resolve(dockerfile: string, ...states: readonly ImageState[]) {
  const { graph } = project([
    { folder: base("debian"), dockerfile: "FROM scratch\n" },
    { folder: application("web"), dockerfile },
  ]);
  return resolvePins(graph, new Map(states.map((state) => [state.image, state])), settings);
}

describe("resolvePins", () => {
  it("pins every external reference to the adopted digest, the frontend included, and nothing that we build", () => {
    const { value, problems } = resolve(
      "# syntax=docker/dockerfile:1\nFROM factory.invalid/debian\nCOPY --from=nginx:1.29 /a /a\n",
      adopted(NGINX, digestOf("a")),
      adopted("docker.io/docker/dockerfile:1", digestOf("b")),
      adopted("docker.io/library/unused:1", digestOf("c")),
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(
      [...value],
      [
        [
          "docker.io/docker/dockerfile:1",
          { repository: "docker.io/docker/dockerfile", digest: digestOf("b"), platforms: ["linux/amd64"] },
        ],
        [NGINX, { repository: "docker.io/library/nginx", digest: digestOf("a"), platforms: ["linux/amd64"] }],
      ],
    );
  });

  const refused: Record<
    string,
    { readonly dockerfile: string; readonly states?: readonly ImageState[]; readonly says: string }
  > = {
    "a name without a pin, at every line": {
      dockerfile: "FROM nginx:1.29 AS a\nFROM nginx:1.29\nCOPY --from=a /a /a\n",
      says: `2 problems in pins
 - images/web/Dockerfile:1: "docker.io/library/nginx:1.29" is not pinned: state/docker.io+library+nginx@1.29.yaml has no adopted digest. [pinned-references]
   Type: npx factory pin docker.io/library/nginx:1.29
 - images/web/Dockerfile:2: "docker.io/library/nginx:1.29" is not pinned: state/docker.io+library+nginx@1.29.yaml has no adopted digest. [pinned-references]
   Type: npx factory pin docker.io/library/nginx:1.29`,
    },
    "a name that was seen and never adopted": {
      dockerfile: "FROM nginx:1.29\n",
      states: [newState(NGINX, "external")],
      says: `1 problem in pins
 - images/web/Dockerfile:1: "docker.io/library/nginx:1.29" is not pinned: state/docker.io+library+nginx@1.29.yaml has no adopted digest. [pinned-references]
   Type: npx factory pin docker.io/library/nginx:1.29`,
    },
    "a frontend without a pin": {
      dockerfile: "# syntax=docker/dockerfile:1\nFROM scratch\n",
      says: `1 problem in pins
 - images/web/Dockerfile:1: "docker.io/docker/dockerfile:1" is not pinned: state/docker.io+docker+dockerfile@1.yaml has no adopted digest. [pinned-references]
   Type: npx factory pin docker.io/docker/dockerfile:1`,
    },
    "a digest written by an author": {
      dockerfile: `FROM nginx:1.29@${digestOf("a")}\n`,
      says: `1 problem in pins
 - images/web/Dockerfile:1: "docker.io/library/nginx:1.29@${digestOf("a")}" carries a digest. Authors write names and tags; digests are kept in state/. [pinned-references]
   Write "docker.io/library/nginx:1.29" and type: npx factory pin docker.io/library/nginx:1.29 --digest ${digestOf("a")}`,
    },
    "a registry that is not allowed, pinned or not": {
      dockerfile: "FROM ghcr.io/team-b/tool:1\n",
      states: [adopted("ghcr.io/team-b/tool:1", digestOf("a"))],
      says: `1 problem in pins
 - images/web/Dockerfile:1: "ghcr.io/team-b/tool:1" comes from a registry that is not allowed. Allowed: docker.io, ghcr.io/team. [allowed-registries]
   Use an image from an allowed registry, or add the registry to factory:allowedRegistries in the stack's configuration.`,
    },
  };
  for (const [what, { dockerfile, states = [], says }] of Object.entries(refused)) {
    it(`refuses ${what}`, () => {
      const { value, problems } = resolve(dockerfile, ...states);
      assert.equal(value.size, 0);
      assert.equal(formatProblems("pins", problems), says);
    });
  }

  it("does not ask for a pin of a stage that nothing needs", () => {
    assert.deepEqual(resolve("FROM nginx:1.29 AS unused\nFROM scratch\n").problems, []);
  });
});
