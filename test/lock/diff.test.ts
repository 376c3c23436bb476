import assert from "node:assert/strict";
import fc from "fast-check";
import { fixedCves } from "../../domain/lock/changelog.js";
import { compareDebianVersions } from "../../domain/lock/debian-version.js";
import { diffLocks, formatChanges } from "../../domain/lock/diff.js";
import type { DebianPayload, PackagesLock } from "../../domain/lock/types.js";

type Packages = Pick<PackagesLock, "platforms">;

function payload(name: string, version: string, sha = version): DebianPayload {
  const rest = { architecture: "amd64", suite: "trixie", security: false, path: name, size: 1 } as const;
  return { kind: "debian", name, version, ...rest, sha256: sha };
}

const locks: fc.Arbitrary<Packages> = fc
  .dictionary(
    fc.constantFrom("linux/amd64", "linux/arm64"),
    fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.constantFrom("1", "2", "3")),
  )
  .map((platforms) => ({
    platforms: Object.fromEntries(
      Object.entries(platforms).map(([platform, versions]) => [
        platform,
        Object.entries(versions).map(([name, version]) => payload(name, version)),
      ]),
    ),
  }));

describe("diffLocks", () => {
  it("finds nothing between a lock and itself", () => {
    fc.assert(fc.property(locks, (lock) => assert.deepEqual(diffLocks(lock, lock), [])));
  });

  it("is turned round by exchanging the locks", () => {
    const turned = { added: "removed", removed: "added", changed: "changed" } as const;
    fc.assert(
      fc.property(locks, locks, (a, b) => {
        const key = (change: object): string => JSON.stringify(change);
        const there = diffLocks(a, b).map((change) =>
          key({ ...change, change: turned[change.change], before: change.after, after: change.before }),
        );
        assert.deepEqual(diffLocks(b, a).map(key).sort(), there.sort());
      }),
    );
  });

  it("says for every platform exactly what leads from one lock to the other", () => {
    fc.assert(
      fc.property(locks, locks, (before, after) => {
        const changes = diffLocks(before, after);
        for (const platform of ["linux/amd64", "linux/arm64"]) {
          const versions = new Map((before.platforms[platform] ?? []).map(({ name, version }) => [name, version]));
          for (const change of changes) {
            if (!change.platforms.includes(platform)) continue;
            assert.deepEqual(change.before, versions.has(change.name) ? [versions.get(change.name)] : []);
            const [version] = change.after;
            if (version === undefined) versions.delete(change.name);
            else versions.set(change.name, version);
          }
          const expected = (after.platforms[platform] ?? []).map(({ name, version }) => [name, version]);
          assert.deepEqual([...versions].sort(), expected.sort());
        }
      }),
    );
  });

  it("counts the same version with other bytes as changed", () => {
    const [change] = diffLocks(
      { platforms: { "linux/amd64": [payload("a", "1", "x")] } },
      { platforms: { "linux/amd64": [payload("a", "1", "y")] } },
    );
    assert.deepEqual([change?.change, change?.before, change?.after], ["changed", ["1"], ["1"]]);
  });
});

describe("formatChanges", () => {
  it("prints a line for each, with the CVE numbers of what changed", () => {
    const before = {
      platforms: {
        "linux/amd64": [payload("a", "1"), payload("b", "1"), payload("c", "1")],
        "linux/arm64": [payload("a", "1")],
      },
    };
    const after = {
      platforms: {
        "linux/amd64": [payload("a", "2"), payload("b", "1"), payload("d", "1")],
        "linux/arm64": [payload("a", "2")],
      },
    };
    const fixed = new Map([["a", ["CVE-2026-1234", "CVE-2026-5678"]]]);
    assert.equal(
      formatChanges(diffLocks(before, after), fixed),
      `~ debian a 1 -> 2 (linux/amd64, linux/arm64): fixes CVE-2026-1234, CVE-2026-5678
- debian c 1 (linux/amd64)
+ debian d 1 (linux/amd64)`,
    );
  });
});

describe("compareDebianVersions", () => {
  /** Each older than the next, as `dpkg --compare-versions` says. */
  const ascending = [
    ["0~~", "0~~a", "0~", "0", "0-0.1", "0a", "0+b", "0.0", "0.1"],
    [
      "1.0~beta1~svn1245",
      "1.0~beta1",
      "1.0",
      "1.0-1",
      "1.0-1+b1",
      "1.0-1.1",
      "1.0-2~deb13u1",
      "1.0-2",
      "1.0-10",
      "1:0.1",
      "2:0",
    ],
    ["2.41-9", "2.41-12", "2.41-12+deb13u1", "2.41-12+deb13u10", "2.42"],
    ["3.5.7-1~deb13u3", "3.5.7-1"],
  ];
  for (const versions of ascending) {
    it(versions.join(" < "), () => {
      for (const [i, a] of versions.entries()) {
        for (const [j, b] of versions.entries()) {
          assert.equal(Math.sign(compareDebianVersions(a, b)), Math.sign(i - j), `${a} and ${b}`);
        }
      }
    });
  }

  it("counts 0 and nothing as equal, and leading zeros as nothing", () => {
    for (const [a, b] of [
      ["1.0", "1.0-0"],
      ["0:1", "1"],
      ["1.01", "1.1"],
    ] as const)
      assert.equal(compareDebianVersions(a, b), 0);
  });
});

const changelog = `openssl (3.5.7-1~deb13u3) trixie-security; urgency=high

  * CVE-2026-1111 (out of bounds read), CVE-2026-2222

 -- Someone <someone@example.org>  Mon, 05 Oct 2026 20:00:00 +0000

openssl (3.5.7-1~deb13u2) trixie-security; urgency=high

  * Fix CVE-2026-0003. See also CVE-2026-2222.

 -- Someone <someone@example.org>  Mon, 07 Sep 2026 20:00:00 +0000

openssl (3.5.4-1) unstable; urgency=medium

  * CVE-2025-9999

 -- Someone <someone@example.org>  Mon, 01 Dec 2025 20:00:00 +0000
`;

describe("fixedCves", () => {
  const rows: readonly (readonly [before: string, cves: readonly string[]])[] = [
    ["3.5.7-1~deb13u2", ["CVE-2026-1111", "CVE-2026-2222"]],
    ["3.5.4-1", ["CVE-2026-0003", "CVE-2026-1111", "CVE-2026-2222"]],
    // A version that the changelog does not name: a rebuild, and one from another suite.
    ["3.5.4-1+b2", ["CVE-2026-0003", "CVE-2026-1111", "CVE-2026-2222"]],
    ["3.5.6-2", ["CVE-2026-0003", "CVE-2026-1111", "CVE-2026-2222"]],
    ["3.5.7-1~deb13u3", []],
    ["3.6.0-1", []],
  ];
  for (const [before, cves] of rows) {
    it(`since ${before}: ${cves.length}`, () => assert.deepEqual(fixedCves(changelog, before), cves));
  }
});
