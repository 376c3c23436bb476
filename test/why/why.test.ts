import assert from "node:assert/strict";
import { renderWhy } from "../../domain/render/why-text.js";
import { type WhyKnowledge, whyOf } from "../../domain/why/compare.js";
import type { Flaw, PlatformFacts, ReleaseFacts } from "../../domain/why/types.js";

const DEBIAN = "docker.io/library/debian";

function platform(
  layers: Readonly<Record<string, number>>,
  packages: Readonly<Record<string, string>>,
  flaws?: readonly string[],
): PlatformFacts {
  const found = flaws?.map((id): [string, Flaw] => [
    id,
    { id, severity: "HIGH" as Flaw["severity"], package: "openssl 3.0" },
  ]);
  return {
    platform: "linux/amd64",
    layers: Object.entries(layers).map(([digest, size]) => ({ digest, size })),
    packages: new Map(Object.entries(packages).map(([name, version]) => [name, [version]])),
    ...(found === undefined ? {} : { flaws: new Map(found) }),
  };
}

function release(
  image: string,
  digest: string,
  bases: Readonly<Record<string, string>>,
  facts: PlatformFacts,
  revision = "1".repeat(40),
): ReleaseFacts {
  return { image, digest, revision, bases: new Map(Object.entries(bases)), platforms: [facts] };
}

// python on debian, web on python: debian fixes openssl, and web adds a package of its own.
const pythonOld = release(
  "python",
  "p1",
  { [DEBIAN]: "d1" },
  platform({ d1: 100, p1: 50 }, { openssl: "3.0", python: "3.13" }, ["CVE-1", "CVE-2"]),
);
const pythonNew = release(
  "python",
  "p2",
  { [DEBIAN]: "d2" },
  platform({ d2: 110, p2: 50 }, { openssl: "3.1", python: "3.13" }, ["CVE-2"]),
);
const webOld = release(
  "web",
  "w1",
  { python: "p1" },
  platform({ d1: 100, p1: 50, w1: 10 }, { openssl: "3.0", python: "3.13", flask: "3.0" }, ["CVE-1", "CVE-2"]),
);
const webNew = release(
  "web",
  "w2",
  { python: "p2" },
  platform({ d2: 110, p2: 50, w2: 14 }, { openssl: "3.1", python: "3.13", flask: "3.1", redis: "7" }, [
    "CVE-2",
    "CVE-3",
  ]),
  "2".repeat(40),
);

function knowing(before: ReleaseFacts | undefined, ...others: readonly ReleaseFacts[]): WhyKnowledge {
  return {
    ...(before === undefined ? {} : { before }),
    releases: new Map(others.map((each) => [each.digest, each])),
    adoptions: new Map([["d2", "adopted 2026-11-20T00:00:00Z: it has soaked for 7d."]]),
  };
}

describe("why a release is there", () => {
  const record = whyOf(webNew, knowing(webOld, webOld, webNew, pythonOld, pythonNew));

  it("follows the causes from the image down to what was adopted", () => {
    assert.deepEqual(
      record.causes.map(({ image, reason }) => `${image}: ${reason}`),
      [
        "web: python changed from p1 to p2.",
        "web: its own files changed, from 111111111111 to 222222222222.",
        `python: ${DEBIAN} changed from d1 to d2.`,
        `${DEBIAN}: adopted 2026-11-20T00:00:00Z: it has soaked for 7d.`,
      ],
    );
  });

  it("splits layers and packages into what came with the bases and what is its own", () => {
    const [{ base, own } = assert.fail()] = record.platforms;
    assert.deepEqual(base, {
      size: 160,
      growth: 10,
      layers: 2,
      packages: 2,
      changes: [{ name: "openssl", before: ["3.0"], after: ["3.1"] }],
    });
    assert.deepEqual(own, {
      size: 14,
      growth: 4,
      layers: 1,
      packages: 2,
      changes: [
        { name: "flask", before: ["3.0"], after: ["3.1"] },
        { name: "redis", before: [], after: ["7"] },
      ],
    });
  });

  it("says which vulnerabilities are fixed and which are new, and nothing where one of the two was not scanned", () => {
    const [{ flaws } = assert.fail()] = record.platforms;
    assert.deepEqual([flaws.fixed.map(({ id }) => id), flaws.new.map(({ id }) => id)], [["CVE-1"], ["CVE-3"]]);
    const unscanned = { ...webOld, platforms: [platform({ w1: 1 }, {})] };
    const [other] = whyOf(webNew, knowing(unscanned, unscanned)).platforms;
    assert.deepEqual(other?.flaws, { known: false, fixed: [], new: [] });
  });

  it("takes all for its own where its bases are not known", () => {
    const [alone] = whyOf(webNew, knowing(webOld)).platforms;
    assert.equal(alone?.base.size, 0);
    assert.equal(alone?.own.size, 174);
  });

  it("says that it is the first, that a base is gone, or that nothing it is made from changed", () => {
    const reasons = (knowledge: WhyKnowledge, of = webNew) => whyOf(of, knowledge).causes.map(({ reason }) => reason);
    assert.deepEqual(reasons(knowing(undefined)), ["this is the first release of it that is known."]);
    assert.deepEqual(reasons(knowing(webOld), { ...webOld, digest: "w9", bases: new Map() }), [
      "it stands on python no longer.",
    ]);
    assert.match(reasons(knowing(webOld), { ...webOld, digest: "w9" }).join(), /nothing that it is made from changed/);
  });

  it("tells a shared base once", () => {
    const both = (digest: string, python: string, node: string) =>
      release("both", digest, { python, node }, platform({}, {}));
    const nodeOld = release("node", "n1", { [DEBIAN]: "d1", python: "p1" }, platform({}, {}));
    const nodeNew = release("node", "n2", { [DEBIAN]: "d2", python: "p2" }, platform({}, {}));
    const { causes } = whyOf(
      both("b2", "p2", "n2"),
      knowing(both("b1", "p1", "n1"), pythonOld, pythonNew, nodeOld, nodeNew),
    );
    assert.equal(causes.filter(({ image }) => image === "python").length, 1);
  });

  it("is told as text", () => {
    assert.equal(
      renderWhy({ ...record, releasedAt: "2026-11-21T00:00:00.000Z" }),
      `web@w2, released 2026-11-21T00:00:00.000Z
before it: w1

why
  web: python changed from p1 to p2.
  web: its own files changed, from 111111111111 to 222222222222.
  python: ${DEBIAN} changed from d1 to d2.
  ${DEBIAN}: adopted 2026-11-20T00:00:00Z: it has soaked for 7d.

linux/amd64
  from its bases: 0.00 MB (+0.00 MB) in 2 layers, 2 packages
    ~ openssl 3.0 -> 3.1
  its own: 0.00 MB (+0.00 MB) in 1 layers, 2 packages
    ~ flask 3.0 -> 3.1
    + redis 7
  vulnerabilities fixed: CVE-1 (HIGH, openssl 3.0)
  vulnerabilities new: CVE-3 (HIGH, openssl 3.0)
`,
    );
  });
});
