import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { buildChangelog } from "../../domain/changelog/build.js";
import { loadCommits } from "../../domain/changelog/load-commits.js";
import { packageDifferences } from "../../domain/changelog/packages.js";
import { renderChangelog } from "../../domain/changelog/render.js";
import { onlyIn } from "../../domain/changelog/vulnerabilities.js";
import type { SpdxDocument } from "../../domain/sbom/spdx.js";
import type { Finding } from "../../domain/scan/types.js";

type Package = readonly [kind: string, name: string, version: string];

function sbom(...packages: readonly Package[]): SpdxDocument {
  const parts = packages.map(([kind, name, versionInfo]) => ({
    name,
    versionInfo,
    externalRefs: [{ referenceType: "purl", referenceLocator: `pkg:${kind}/${name}@${versionInfo}` }],
  }));
  const image = { name: "web", versionInfo: `sha256:${Math.random()}`, externalRefs: [] };
  return { packages: [image, ...parts] } as unknown as SpdxDocument;
}

function finding(id: string, name: string, severity: Finding["severity"] = "high", aliases: string[] = []): Finding {
  const found = { name, version: "1", type: "npm" };
  return { id, aliases, severity, package: found, fix: { state: "unknown", versions: [] }, scanner: "grype" };
}

describe("packages between two releases", () => {
  it("are added, removed and changed, platforms with the same change together", () => {
    const before = new Map([
      ["linux/amd64", sbom(["deb", "curl", "8.1"], ["npm", "left-pad", "1.0.0"], ["npm", "same", "1"])],
      ["linux/arm64", sbom(["deb", "curl", "8.1"], ["npm", "same", "1"])],
    ]);
    const after = new Map([
      ["linux/amd64", sbom(["deb", "curl", "8.2"], ["npm", "same", "1"], ["pypi", "curl", "1"])],
      ["linux/arm64", sbom(["deb", "curl", "8.2"], ["npm", "same", "1"])],
    ]);
    assert.deepEqual(
      packageDifferences(before, after).map((it) => [it.change, it.kind, it.name, it.before, it.after, it.platforms]),
      [
        ["changed", "deb", "curl", ["8.1"], ["8.2"], ["linux/amd64", "linux/arm64"]],
        ["removed", "npm", "left-pad", ["1.0.0"], [], ["linux/amd64"]],
        ["added", "pypi", "curl", [], ["1"], ["linux/amd64"]],
      ],
    );
  });

  it("are none between equal ones, and the other way round between swapped ones", () => {
    const part = fc.tuple(fc.constantFrom("deb", "npm"), fc.constantFrom("a", "b", "c"), fc.constantFrom("1", "2"));
    const platforms = fc
      .dictionary(fc.constantFrom("linux/amd64", "linux/arm64"), fc.array(part))
      .map((found) => new Map(Object.entries(found).map(([platform, parts]) => [platform, sbom(...parts)])));
    const opposite = { added: "removed", removed: "added", changed: "changed" };
    fc.assert(
      fc.property(platforms, platforms, (left, right) => {
        assert.deepEqual(packageDifferences(left, left), []);
        const there = packageDifferences(left, right).map((it) =>
          JSON.stringify({ ...it, change: opposite[it.change] }),
        );
        const back = packageDifferences(right, left).map((it) => {
          return JSON.stringify({ ...it, before: it.after, after: it.before });
        });
        assert.deepEqual([...there].sort(), [...back].sort());
      }),
    );
  });
});

describe("vulnerabilities between two releases", () => {
  it("are told by their CVE number, the worst first, and a finding by another name is the same", () => {
    const before = new Map([
      ["linux/amd64", [finding("GHSA-1", "a", "low", ["CVE-2026-1"]), finding("CVE-2026-2", "b", "critical")]],
      ["linux/arm64", [finding("CVE-2026-2", "b", "critical")]],
    ]);
    const after = new Map([
      ["linux/amd64", [finding("GHSA-9", "c", "high", ["CVE-2026-9"])]],
      ["linux/arm64", []],
    ]);
    const platforms = ["linux/amd64", "linux/arm64"];
    assert.deepEqual(onlyIn(before, after), [
      { id: "CVE-2026-2", severity: "critical", package: "b", platforms },
      { id: "CVE-2026-1", severity: "low", package: "a", platforms: ["linux/amd64"] },
    ]);
    assert.deepEqual(onlyIn(after, new Map([["linux/amd64", [finding("CVE-2026-9", "c")]]])), []);
  });

  it("are none where one of the two was not scanned", () => {
    assert.deepEqual(onlyIn(new Map([["linux/amd64", [finding("CVE-2026-1", "a")]]]), new Map()), []);
  });
});

describe("a changelog", () => {
  const on = (document: SpdxDocument) => new Map([["linux/amd64", document]]);
  const scans = (...findings: Finding[]) => new Map([["linux/amd64", findings]]);
  const commit = {
    commit: "f".repeat(40),
    time: "2026-01-30T10:00:00.000Z",
    subject: "Serve *less* | <b>",
    images: ["web"],
  };
  const about = { image: "web", at: "2026-01-31T12:00:00.000Z", commits: [commit], notes: ["Not all of it is known."] };

  it("is Markdown that nothing in it can break, and names what a package's update fixes", () => {
    const before = {
      digest: "sha256:1",
      sboms: on(sbom(["npm", "a_b", "1"])),
      scans: scans(finding("CVE-2026-1", "a_b")),
    };
    const now = { digest: "sha256:2", sboms: on(sbom(["npm", "a_b", "2"])), scans: scans(finding("CVE-2026-7", "c")) };
    assert.equal(
      renderChangelog(buildChangelog({ ...about, now, before })),
      `# web, released 2026-01-31T12:00:00.000Z

\`sha256:2\`

Since \`sha256:1\`:

## Packages

| | kind | package | before | now | fixes | platforms |
|---|---|---|---|---|---|---|
| changed | npm | a\\_b | 1 | 2 | CVE-2026-1 | linux/amd64 |

## Vulnerabilities no longer found

- CVE-2026-1 (high) in a\\_b: linux/amd64

## Vulnerabilities found now

- CVE-2026-7 (high) in c: linux/amd64

## Commits

- ffffffffffff 2026-01-30 Serve \\*less\\* \\| \\<b\\> (web)

> Not all of it is known.
`,
    );
  });

  it("of a first release compares nothing", () => {
    const changelog = buildChangelog({ ...about, now: { digest: "sha256:2", sboms: new Map(), scans: new Map() } });
    assert.deepEqual([changelog.previous, changelog.packages], [undefined, []]);
    assert.match(renderChangelog(changelog), /The first release\./);
  });

  it("compares no packages with a release that has no SBOM", () => {
    const before = { digest: "sha256:1", sboms: new Map(), scans: new Map() };
    const now = { digest: "sha256:2", sboms: on(sbom(["npm", "a", "1"])), scans: scans() };
    assert.deepEqual(buildChangelog({ ...about, now, before }).packages, []);
  });

  it("says where nobody has looked for vulnerabilities", () => {
    const before = { digest: "sha256:1", sboms: new Map(), scans: new Map() };
    const { notes } = buildChangelog({ ...about, now: { ...before, digest: "sha256:2", scans: scans() }, before });
    assert.match(notes.join(), /was not scanned/);
  });
});

describe("the commits between two releases", () => {
  let root: string;
  const commits: string[] = [];

  before(() => {
    root = mkdtempSync(path.join(tmpdir(), "image-factory-commits-"));
    git("init", "--quiet");
    for (const [folder, subject] of [
      ["bases/a", "first"],
      ["images/b", "second"],
      ["images/other", "third"],
      ["bases/a", "fourth"],
    ] as const) {
      mkdirSync(path.join(root, folder), { recursive: true });
      writeFileSync(path.join(root, folder, "f"), subject);
      git("add", "--all");
      git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "--message", subject);
      commits.push(git("rev-parse", "HEAD"));
    }
  });
  after(() => rmSync(root, { recursive: true }));

  function git(...args: readonly string[]): string {
    return execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
  }

  const base = { image: "a", directory: "bases/a" };
  const app = { image: "b", directory: "images/b" };

  it("are those that touched the folders of what the image is made from, each from where it stood", async () => {
    const ranges = [
      { ...base, from: commits[0] ?? "", to: commits[3] ?? "" },
      { ...app, from: commits[1] ?? "", to: commits[1] ?? "" },
    ];
    const found = await loadCommits(root, ranges);
    assert.deepEqual(found.notes, []);
    assert.deepEqual(
      found.commits.map(({ subject, images }) => [subject, images]),
      [["fourth", ["a"]]],
    );
  });

  it("are the last one of a folder that the release before did not have", async () => {
    const found = await loadCommits(root, [{ ...app, to: commits[3] ?? "" }]);
    assert.deepEqual(
      found.commits.map(({ subject }) => subject),
      ["second"],
    );
  });

  it("are not known where the clone ends before them, and that is said", async () => {
    const found = await loadCommits(root, [{ ...base, from: "e".repeat(40), to: commits[3] ?? "" }]);
    assert.deepEqual(found.commits, []);
    assert.match(found.notes.join(), /The commits of a are not told: e{40}\.\..* is not in this clone/);
  });
});
