import assert from "node:assert/strict";
import fc from "fast-check";
import { ownerOf, sizesByOwner } from "../../domain/size/contents.js";
import { judgeSize } from "../../domain/size/judge.js";
import { namedLayers } from "../../domain/size/layers.js";
import { growthSummary, sizeReport } from "../../domain/size/report.js";
import type { PlatformSize } from "../../domain/size/types.js";

const layers = [
  { digest: "sha256:1", size: 2_000_000, instruction: "COPY --from=pool / / # buildkit" },
  { digest: "sha256:2", size: 7_900_000, instruction: "RUN npm ci" },
  { digest: "sha256:3", size: 100_000, instruction: "" },
];
const size: PlatformSize = { platform: "linux/arm64", size: 10_000_000, layers };

describe("the size gate", () => {
  it("passes what is as large as its budget", () => assert.deepEqual(judgeSize(size, 10_000_000), []));

  it("names platform, size, budget, layers and packages of what is larger", () => {
    const contents = [
      { name: "npm package left-pad", size: 1_000 },
      { name: "npm package typescript", size: 22_000_000 },
    ];
    assert.deepEqual(judgeSize(size, 9_000_000, contents), [
      {
        gate: "size",
        platform: "linux/arm64",
        finding:
          "the image has 10.0 MB compressed, 1.0 MB over its budget of 9.0 MB. Largest layers: 7.9 MB by `RUN npm ci`; 2.0 MB by `COPY --from=pool / / # buildkit`; 0.1 MB by sha256:3. Largest in them, unpacked: npm package typescript 22.0 MB, npm package left-pad 1000 B.",
        remedy: "Leave out what it does not need, or raise `sizeBudget` in image.yaml.",
      },
    ]);
  });

  it("fails exactly what is larger", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1 }), (bytes, budget) => {
        assert.equal(judgeSize({ ...size, size: bytes }, budget).length, bytes > budget ? 1 : 0);
      }),
    );
  });
});

describe("layers", () => {
  const found = [
    { digest: "sha256:1", size: 1 },
    { digest: "sha256:2", size: 2 },
  ];

  it("are named by the steps that made one", () => {
    const history = [
      { created_by: "COPY a /\n  b # buildkit" },
      { created_by: "USER 1", empty_layer: true },
      { created_by: "RUN x" },
    ];
    const named = namedLayers(found, { history }).map(({ instruction }) => instruction);
    assert.deepEqual(named, ["COPY a / b", "RUN x"]);
  });

  it("are not named by a history of others", () => {
    const named = namedLayers(found, { history: [{ created_by: "RUN x" }] }).map(({ instruction }) => instruction);
    assert.deepEqual(named, ["", ""]);
  });
});

const owners: readonly [path: string, owner: string][] = [
  ["usr/lib/node_modules/typescript/lib/tsc.js", "npm package typescript"],
  ["./app/node_modules/@scope/tool/node_modules/inner/x.js", "npm package @scope/tool"],
  ["app/node_modules/.bin/tsc", "/app/node_modules/.bin"],
  ["opt/venv/lib/python3.13/site-packages/numpy/core.so", "Python package numpy"],
  ["opt/venv/lib/python3.13/site-packages/numpy-2.1.0.dist-info/RECORD", "Python package numpy"],
  ["usr/lib/x86_64-linux-gnu/libc.so.6", "/usr/lib/x86_64-linux-gnu"],
  ["/etc/passwd", "/etc"],
  ["hello", "/"],
];

describe("a file belongs to", () => {
  for (const [path, owner] of owners) it(`${owner}: ${path}`, () => assert.equal(ownerOf(path), owner));

  it("one owner, so that nothing is counted twice", () => {
    const file = fc.record({ path: fc.string(), size: fc.nat({ max: 1e9 }) });
    fc.assert(
      fc.property(fc.array(file), (files) => {
        const sum = (of: readonly { readonly size: number }[]) => of.reduce((all, each) => all + each.size, 0);
        assert.equal(sum(sizesByOwner(files)), sum(files));
      }),
    );
  });
});

describe("the report of sizes", () => {
  const last = (before: number) => ({
    digest: "sha256:0",
    platforms: [{ platform: "linux/arm64", digest: "sha256:4", size: before }],
  });
  const summary = (before: number) => growthSummary(sizeReport([size], undefined, last(before)));

  it("tells the growth of a platform that the last release has", () => {
    const other = { ...size, platform: "linux/amd64" };
    const { platforms, lastRelease } = sizeReport([other, size], 5, last(9_000_000));
    assert.equal(lastRelease, "sha256:0");
    assert.deepEqual(
      platforms.map(({ growth }) => growth),
      [undefined, 1_000_000],
    );
  });

  it("says in a few words what grew or shrank by a percent", () => {
    assert.deepEqual([9_000_000, 12_500_000, 9_950_000, 10_000_000].map(summary), [
      "+1.0 MB",
      "-2.5 MB",
      undefined,
      undefined,
    ]);
  });

  it("says nothing of a first release", () => {
    assert.deepEqual(growthSummary(sizeReport([size], undefined, undefined)), undefined);
  });
});
