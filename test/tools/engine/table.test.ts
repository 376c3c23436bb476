import assert from "node:assert/strict";
import { parseDockerfile } from "../../../domain/dockerfile/parse.js";
import type { BuildPlan } from "../../../domain/plan/types.js";
import { renderTable, renderTroubles, renderWarnings } from "../../../tools/engine/table.js";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

describe("the table that ends an up", () => {
  it("has a line for each image and platform, and names what was left out", () => {
    const text = renderTable(
      [
        {
          id: "debian",
          state: "unchanged",
          evidence: "18 tests",
          digest,
          platforms: [
            { platform: "linux/amd64", size: 5_737_204 },
            { platform: "linux/arm64", size: 5_811_587 },
          ],
        },
        { id: "webhook-relay", state: "failed", platforms: [], seconds: 125.04 },
        { id: "shop", state: "skipped", platforms: [] },
      ],
      [{ id: "vllm", reason: "it needs a GPU to run; `--with vllm` builds it all the same" }],
    );
    assert.equal(
      text,
      `image          platform       size  digest                                                                              evidence  seconds
debian         linux/amd64  5.7 MB  ${digest}  unchanged  18 tests
               linux/arm64  5.8 MB
webhook-relay                                                                                                failed                 125.0
shop                                                                                                         skipped

left out:
  vllm: it needs a GPU to run; \`--with vllm\` builds it all the same`,
    );
  });
});

describe("the warnings of an up", () => {
  it("are told once each, with all images that they are about", () => {
    const image = { state: "built", platforms: [] } as const;
    const text = renderWarnings([
      { ...image, id: "debian", warnings: ["not scanned."] },
      { ...image, id: "shop", warnings: ["not scanned.", "CVE-2026-1 has no fix yet."] },
      { ...image, id: "node" },
    ]);
    assert.equal(text, " - debian, shop: not scanned.\n - shop: CVE-2026-1 has no fix yet.");
  });
});

describe("the troubles of an up", () => {
  const dockerfile = parseDockerfile(
    'FROM scratch AS build\nRUN ["true"]\nRUN --network=none make \\\n    all\n',
    "images/shop/Dockerfile",
  ).value;
  // What is read of a plan to find a line.
  const plan = { images: [{ id: "shop", node: { dockerfile } }] } as unknown as BuildPlan;

  it("stand with the line of the step that failed and what it wrote", () => {
    const text = renderTroubles(
      [
        {
          id: "shop",
          kind: "image",
          text: "exit code: 2",
          step: { instruction: "RUN --network=none make     all", output: ["main.c:3: error"] },
        },
        { id: "shop", kind: "policy", text: "images/shop/Dockerfile:1: runs as root. [non-root]\nSet USER." },
        { id: "relay", kind: "image", text: "no space left on device" },
        { id: "", kind: "engine", text: "the stack is locked" },
      ],
      plan,
    );
    assert.equal(
      text,
      `4 problems
 - images/shop/Dockerfile:3: exit code: 2
   | main.c:3: error
 - images/shop/Dockerfile:1: runs as root. [non-root]
   Set USER.
 - relay: no space left on device
 - the stack is locked`,
    );
  });

  it("stand with the image where no line is known", () => {
    const step = { instruction: "COPY elsewhere /", output: [] };
    assert.equal(
      renderTroubles([{ id: "shop", kind: "image", text: "not found", step }], plan),
      "1 problem\n - shop: not found",
    );
  });
});
