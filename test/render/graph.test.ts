import assert from "node:assert/strict";
import { parseDockerfile } from "../../domain/dockerfile/parse.js";
import { buildGraph } from "../../domain/graph/build.js";
import type { ImageGraph } from "../../domain/graph/types.js";
import { renderGraphMermaid } from "../../domain/render/graph-mermaid.js";
import { renderGraphSvg } from "../../domain/render/graph-svg.js";
import { renderGraphText } from "../../domain/render/graph-text.js";
import { catalogueOf, managedImage } from "../support/dockerfile-fleet.js";

const TEXTS: Readonly<Record<string, string>> = {
  debian: "FROM factory.invalid/pool/debian",
  python: "FROM factory.invalid/debian",
  node: "FROM factory.invalid/debian",
  notes: "FROM factory.invalid/node AS assets\nFROM factory.invalid/python\nCOPY --from=assets /a /a",
  mirror: "FROM factory.invalid/notes",
  web: "FROM nginx:1.27",
};

function graph(): ImageGraph {
  const lock = { file: "packages.lock.json", poolDigest: `sha256:${"0".repeat(64)}`, overlay: false };
  const bases = ["debian", "python", "node"];
  const images = Object.keys(TEXTS).map((name) =>
    managedImage(name, { kind: bases.includes(name) ? "base" : "application", ...(name === "debian" ? { lock } : {}) }),
  );
  const dockerfiles = new Map(Object.entries(TEXTS).map(([name, text]) => [name, parseDockerfile(text, name).value]));
  return buildGraph(catalogueOf(images), dockerfiles).value;
}

describe("the graph drawn", () => {
  it("as text: trees, with what was shown above only named", () => {
    assert.equal(
      renderGraphText(graph()),
      `docker.io/library/nginx:1.27 (external)
└─ web
pool/debian
└─ debian
   ├─ node
   │  └─ notes
   │     └─ mirror
   └─ python
      └─ notes ...
`,
    );
  });

  it("as Mermaid", () => {
    assert.equal(
      renderGraphMermaid(graph()),
      `flowchart LR
  n0(["docker.io/library/nginx:1.27"])
  n1[("pool/debian")]
  n2[["debian"]]
  n3["web"]
  n4[["node"]]
  n5[["python"]]
  n6["notes"]
  n7["mirror"]
  n1 --> n2
  n0 --> n3
  n2 --> n4
  n2 --> n5
  n4 --> n6
  n5 --> n6
  n6 --> n7
`,
    );
  });

  it("as SVG, the same bytes each time, with every name and edge", async () => {
    const svg = await renderGraphSvg(graph());
    assert.equal(svg, await renderGraphSvg(graph()));
    for (const name of [...Object.keys(TEXTS), "docker.io/library/nginx:1.27", "pool/debian"]) {
      assert.ok(svg.includes(`>${name}</text>`), name);
    }
    assert.equal(svg.match(/class="edge"/g)?.length, 7);
  });

  it("of nothing", () => {
    const nothing = buildGraph(catalogueOf([]), new Map()).value;
    assert.equal(renderGraphText(nothing), "no images\n");
    assert.equal(renderGraphMermaid(nothing), "flowchart LR\n");
  });
});
