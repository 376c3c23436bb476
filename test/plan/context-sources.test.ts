import assert from "node:assert/strict";
import { type ContextSources, contextSources } from "../../domain/plan/context-sources.js";
import { application, base } from "../catalogue/fixtures.js";
import { project } from "./fixtures.js";

function sourcesOf(dockerfile: string, baseDockerfile = "FROM scratch\n", imageYaml?: string): ContextSources {
  const { graph } = project([
    { folder: base("debian"), dockerfile: baseDockerfile },
    { folder: application("web", imageYaml), dockerfile },
  ]);
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const web = graph.nodes.find(({ image }) => image.name === "web");
  assert.ok(web);
  return contextSources(web, nodes);
}

const rows: Record<string, { readonly dockerfile: string; readonly base?: string; readonly keeps: ContextSources }> = {
  "nothing where nothing is copied": { dockerfile: "FROM scratch\nENV A=b\n", keeps: [] },
  "the sources of COPY and ADD, not their destination": {
    dockerfile: "FROM scratch\nCOPY a b/c /dest/\nADD ./d.tar /\n",
    keeps: ["a", "b/c", "d.tar"],
  },
  "the sources of the JSON form": { dockerfile: 'FROM scratch\nCOPY ["a b", "c", "/dest/"]\n', keeps: ["a b", "c"] },
  "wildcards as they are": { dockerfile: "FROM scratch\nCOPY src/*.py d?ta /\n", keeps: ["d?ta", "src/*.py"] },
  "paths from the root and from above it, which BuildKit takes from the root": {
    dockerfile: "FROM scratch\nCOPY /a ../b x/../c d/ /\n",
    keeps: ["a", "b", "c", "d"],
  },
  "everything for `.`": { dockerfile: "FROM scratch\nCOPY . .\n", keeps: "everything" },
  "everything for a variable": { dockerfile: "FROM scratch\nARG D=a\nCOPY $D/x /\n", keeps: "everything" },
  "the directory around a class or an escape": {
    dockerfile: "FROM scratch\nCOPY a/[bc]/x d/e\\ f /\n",
    keeps: ["a", "d", "f"],
  },
  "no heredoc, no URL, no git address": {
    dockerfile:
      "FROM scratch\nCOPY <<EOF a /\ntext\nEOF\nADD https://example.org/x /\nADD git@example.org:a/b.git /b\n",
    keeps: ["a"],
  },
  "nothing that comes from a stage or an image": {
    dockerfile: "FROM scratch AS one\nCOPY a /\nFROM scratch\nCOPY --from=one /b /\n",
    keeps: ["a"],
  },
  "nothing of stages that the target does not need": {
    dockerfile: "FROM scratch AS unused\nCOPY . /\nFROM scratch\nCOPY b /\n",
    keeps: ["b"],
  },
  "sources with other flags": {
    dockerfile: "FROM scratch\nCOPY --link --chown=1:1 --parents --exclude=*.md docs/**/*.txt x/./y /\n",
    keeps: ["docs/**/*.txt", "x/y"],
  },
  "bind mounts without from, by any of their spellings": {
    dockerfile: [
      "FROM factory.invalid/debian",
      "RUN --mount=type=bind,source=a,target=/a true",
      "RUN --mount=target=/b,src=b true",
      "RUN --mount=type=cache,target=/c,source=c true",
      "RUN --mount=type=bind,from=factory.invalid/debian,source=d,target=/d true",
      "RUN --mount=type=secret,id=e true",
    ].join("\n"),
    keeps: ["a", "b"],
  },
  "everything for a bind mount without a source": {
    dockerfile: "FROM factory.invalid/debian\nRUN --mount=target=. true\n",
    keeps: "everything",
  },
  "what triggers of a base that we build will copy": {
    base: "FROM scratch\nONBUILD COPY requirements.txt /\nONBUILD RUN --mount=source=wheels,target=/w true\n",
    dockerfile: "FROM factory.invalid/debian\nCOPY app /\n",
    keeps: ["app", "requirements.txt", "wheels"],
  },
  "what triggers of a stage will copy": {
    dockerfile: "FROM scratch AS one\nONBUILD COPY a /\nFROM one\n",
    keeps: ["a"],
  },
  "stages of every platform, where the platform chooses": {
    dockerfile: [
      "FROM scratch AS build-amd64",
      "COPY a /",
      "FROM scratch AS build-arm64",
      "COPY b /",
      "FROM build-$TARGETARCH",
    ].join("\n"),
    keeps: ["a", "b"],
  },
};

describe("contextSources", () => {
  for (const [what, { dockerfile, base: baseDockerfile, keeps }] of Object.entries(rows)) {
    it(`keeps ${what}`, () => assert.deepEqual(sourcesOf(dockerfile, baseDockerfile), keeps));
  }
});
