import assert from "node:assert/strict";
import fc from "fast-check";
import { imageSchema } from "../../domain/catalogue/schema.js";
import { debianOwners, listedPackage, sizesByOwner } from "../../domain/size/contents.js";
import { allowedGrowth, grownContents, grownLayers, judgeGrowth } from "../../domain/size/growth.js";
import { sizeReport } from "../../domain/size/report.js";
import type { PlatformSize } from "../../domain/size/types.js";
import { readYaml } from "../../domain/yaml/check.js";

const layer = (digest: string, size: number, instruction: string) => ({ digest, size, instruction });
const before: PlatformSize = {
  platform: "linux/amd64",
  size: 10_000_000,
  layers: [layer("sha256:1", 6_000_000, "COPY base"), layer("sha256:2", 4_000_000, "RUN npm ci")],
};
const now: PlatformSize = {
  platform: "linux/amd64",
  size: 13_500_000,
  layers: [
    layer("sha256:1", 6_000_000, "COPY base"),
    layer("sha256:3", 7_000_000, "RUN npm ci"),
    layer("sha256:4", 500_000, "COPY new"),
  ],
};

describe("the growth of an image", () => {
  it("is refused beyond its budget, with the layers and packages that grew", () => {
    const contents = [
      { name: "npm package typescript", growth: 22_000_000 },
      { name: "/etc", growth: 7 },
    ];
    assert.deepEqual(judgeGrowth(now, before, { absolute: 5_000_000, relative: 0.1 }, contents), [
      {
        gate: "size",
        platform: "linux/amd64",
        finding:
          "the image has 13.5 MB compressed and is 3.5 MB (35.0 %) larger than the last release; its growth budget allows 1.0 MB (5.0 MB or 10.0 %). What grew: `RUN npm ci` +3.0 MB; `COPY new` +0.5 MB. In them, unpacked: npm package typescript +22.0 MB, /etc +7 B.",
        remedy: "Leave out what it does not need, or raise `growthBudget` in image.yaml for this release.",
      },
    ]);
  });

  it("fails exactly what exceeds the smaller of the two limits", () => {
    const limit = { absolute: fc.nat(1000), relative: fc.double({ min: 0, max: 2, noNaN: true }) };
    const budgets = fc.record(limit, { requiredKeys: [] });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), fc.nat(4000), budgets, (old, size, budget) => {
        const growth = size - old;
        const { absolute = Number.POSITIVE_INFINITY, relative = Number.POSITIVE_INFINITY } = budget;
        const isOver = growth > absolute || growth > Math.floor(relative * old);
        const found = judgeGrowth({ ...now, size }, { ...before, size: old }, budget);
        assert.equal(found.length, isOver ? 1 : 0);
        assert.ok(growth > allowedGrowth(old, budget) === isOver);
      }),
    );
  });

  it("is laid on layers that are new, each against the one of the same instruction", () => {
    assert.deepEqual(grownLayers(now.layers, before.layers), [
      { name: "`RUN npm ci`", growth: 3_000_000 },
      { name: "`COPY new`", growth: 500_000 },
    ]);
    assert.deepEqual(grownLayers(now.layers, now.layers), []);
  });

  it("of contents is what is more, and never less than nothing", () => {
    const entry = fc.record({ name: fc.constantFrom("a", "b", "c"), size: fc.nat(100) });
    fc.assert(
      fc.property(fc.array(entry), fc.array(entry), (left, right) => {
        const total = (list: typeof left, name: string) =>
          list.filter((it) => it.name === name).reduce((sum, { size }) => sum + size, 0);
        const grown = new Map(grownContents(left, right).map(({ name, growth }) => [name, growth]));
        for (const name of ["a", "b", "c"]) {
          const more = total(left, name) - total(right, name);
          assert.equal(grown.get(name), more > 0 ? more : undefined);
        }
      }),
    );
  });

  it("is reported compressed and unpacked", () => {
    const last = { digest: "sha256:9", platforms: [{ ...before, unpackedSize: 30 }] };
    const { platforms } = sizeReport([{ ...now, unpackedSize: 50 }], undefined, last);
    assert.deepEqual([platforms[0]?.growth, platforms[0]?.unpackedGrowth], [3_500_000, 20]);
    const unknown = sizeReport([now], undefined, last);
    assert.equal(unknown.platforms[0]?.unpackedGrowth, undefined);
  });
});

describe("files of Debian packages", () => {
  const rows: readonly (readonly [path: string, name: string | undefined])[] = [
    ["var/lib/dpkg/status.d/curl.md5sums", "curl"],
    ["./var/lib/dpkg/info/libssl3t64:amd64.md5sums", "libssl3t64"],
    ["var/lib/dpkg/info/curl.list", undefined],
    ["home/curl.md5sums", undefined],
  ];
  for (const [path, name] of rows) {
    it(`${path} lists ${name ?? "no package"}`, () => assert.equal(listedPackage(path), name));
  }

  it("are theirs, and npm packages in them too", () => {
    const sum = "d41d8cd98f00b204e9800998ecf8427e";
    const list = `${sum}  usr/bin/node\n${sum}  usr/share/nodejs/node_modules/x/y z.js\n`;
    const files = [
      { path: "./usr/bin/node", size: 5 },
      { path: "usr/share/nodejs/node_modules/x/y z.js", size: 2 },
      { path: "usr/bin/own", size: 1 },
    ];
    assert.deepEqual(sizesByOwner(files, debianOwners([["nodejs", list]])), [
      { name: "Debian package nodejs", size: 7 },
      { name: "/usr/bin", size: 1 },
    ]);
  });
});

describe("growthBudget in image.yaml", () => {
  const rows: readonly (readonly [text: string, read: object | RegExp])[] = [
    ["{ absolute: 20MB, relative: 10% }", { absolute: 20_000_000, relative: 0.1 }],
    ["{ relative: 2.5% }", { relative: 0.025 }],
    ["{}", /neither absolute nor relative/],
    ["{ absolute: 0MB }", /a budget of zero lets nothing pass/],
    ["{ relative: 0% }", /a budget of zero lets nothing pass/],
    ["{ relative: a lot }", /a percentage/],
    ["10%", /growthBudget/],
  ];
  for (const [text, read] of rows) {
    it(`${text} ${read instanceof RegExp ? "is refused" : "is read"}`, () => {
      const { data, problems } = readYaml(imageSchema, "image.yaml", `growthBudget: ${text}\n`);
      if (read instanceof RegExp) assert.match(JSON.stringify(problems), read);
      else assert.deepEqual([data?.growthBudget, problems], [read, []]);
    });
  }
});
