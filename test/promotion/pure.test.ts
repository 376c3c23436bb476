import assert from "node:assert/strict";
import fc from "fast-check";
import type { Promotions } from "../../domain/promotion/load.js";
import { mergePromotions, type ReleaseFound } from "../../domain/promotion/merge.js";
import { planPromotions } from "../../domain/promotion/plan.js";
import { promotionsSchema } from "../../domain/promotion/schema.js";
import { readSummary, summaryOf } from "../../domain/promotion/summary.js";
import type { PromotedRelease } from "../../domain/promotion/types.js";
import { withdraw } from "../../domain/promotion/withdraw.js";
import { renderPromotions } from "../../domain/promotion/write.js";
import type { Recall } from "../../domain/recall/types.js";
import { readYaml } from "../../domain/yaml/check.js";
import { testSettings } from "../support/settings.js";

const digestOf = (digit: string) => `sha256:${digit.repeat(64)}`;
const now = "2026-01-31T12:00:00Z";
const later = "2026-02-01T12:00:00Z";

function found(image: string, digit: string, changes: Partial<ReleaseFound> = {}): ReleaseFound {
  return {
    image,
    repository: `staging.example/${image}`,
    digest: digestOf(digit),
    platforms: ["linux/amd64"],
    buildId: "b".repeat(64),
    version: "1.4.2",
    revision: "c".repeat(40),
    stack: "staging",
    builder: "https://git.example/images/builders/staging",
    key: "k",
    ...changes,
  };
}

const settings = testSettings({
  stack: "prod",
  channel: "prod",
  promotes: {
    releases: "releases/prod.yaml",
    registry: "staging.example",
    insecureRegistry: false,
    keys: [],
    builders: [],
    maxScanAge: 1,
    verifier: "https://git.example/verifiers/prod",
  },
});

function fileOf(releases: readonly PromotedRelease[]): Promotions {
  const { data, document } = readYaml(promotionsSchema, "releases/prod.yaml", renderPromotions(releases));
  return { releases: data?.releases ?? [], document };
}

describe("a releases file", () => {
  it("keeps every entry that does not change as it is, to the byte", () => {
    const first = mergePromotions([], [found("web", "1"), found("api", "2")], now);
    const again = mergePromotions(first.releases, [found("api", "2"), found("web", "1")], later);
    assert.deepEqual(again.changes, []);
    assert.equal(renderPromotions(again.releases), renderPromotions(first.releases));
  });

  it("has the same text in whatever order images are found, and reads back", () => {
    const images = fc.uniqueArray(fc.constantFrom("api", "debian", "node", "python", "web"), { minLength: 1 });
    fc.assert(
      fc.property(images, fc.infiniteStream(fc.nat()), (names, order) => {
        const { releases } = mergePromotions(
          [],
          names.map((name) => found(name, "1")),
          now,
        );
        const shuffled = [...releases]
          .map((release) => ({ release, at: order.next().value }))
          .sort((left, right) => left.at - right.at)
          .map(({ release }) => release);
        assert.equal(renderPromotions(shuffled), renderPromotions(releases));
        assert.deepEqual(
          fileOf(releases).releases,
          [...releases].sort((left, right) => (left.image < right.image ? -1 : 1)),
        );
      }),
    );
  });

  it("takes what is new, and leaves images alone that nobody asked for", () => {
    const before = mergePromotions([], [found("web", "1"), found("api", "2")], now).releases;
    const { releases, changes } = mergePromotions(before, [found("web", "3")], later);
    assert.deepEqual(changes, [{ image: "web", from: digestOf("1"), to: digestOf("3"), version: "1.4.2" }]);
    assert.deepEqual(
      releases.map(({ image, digest, promoted }) => [image, digest, promoted]),
      [
        ["web", digestOf("3"), later],
        ["api", digestOf("2"), now],
      ],
    );
  });

  it("does not take again what was rolled back, and takes what comes after it", () => {
    const [web] = mergePromotions([], [found("web", "2")], now).releases as [PromotedRelease];
    const back = withdraw(web, found("web", "1"), { reason: "answers 500", by: "on-call", at: later });
    assert.deepEqual(back.rolledBack, [{ digest: digestOf("2"), reason: "answers 500", by: "on-call", at: later }]);
    const again = mergePromotions([back], [found("web", "2")], later);
    assert.deepEqual(again.changes, []);
    assert.deepEqual(again.held, [{ image: "web", digest: digestOf("2"), reason: "answers 500" }]);
    const next = mergePromotions([back], [found("web", "3")], later);
    assert.equal(next.changes.length, 1);
    assert.deepEqual(next.releases[0]?.rolledBack, back.rolledBack);
  });

  const bad: Readonly<Record<string, readonly [change: (text: string) => string, problem: RegExp]>> = {
    "a tag in place of a digest": [
      (text) => text.replace(digestOf("1"), "latest"),
      /releases\[0\]\.digest.*a digest: sha256:/,
    ],
    "an image twice": [(text) => text + text.slice(text.indexOf("  - image")), /web is promoted twice\. /],
    "a digest that it was rolled back from": [
      (text) => `${text}    rolledBack:\n      - { digest: ${digestOf("1")}, reason: bad, by: us, at: '${now}' }\n`,
      /rolled back from this digest/,
    ],
  };
  for (const [name, [change, expected]] of Object.entries(bad)) {
    it(`is refused with ${name}`, () => {
      const text = change(renderPromotions(mergePromotions([], [found("web", "1")], now).releases));
      const { problems } = readYaml(promotionsSchema, "releases/prod.yaml", text);
      assert.match(problems.map(({ message, remedy }) => `${message} ${remedy}`).join("\n"), expected);
      assert.ok((problems[0]?.place.line ?? 0) > 1);
    });
  }
});

describe("the plan of a promotion", () => {
  const releases = mergePromotions([], [found("web", "1"), found("api", "2")], now).releases;

  it("gives the channel and the version's tags to what the file names, and to nothing else", () => {
    const { value, problems } = planPromotions(fileOf(releases), settings, []);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      value.map(({ release, movingTags, head }) => [release.image, movingTags, head]),
      [
        ["api", ["prod", "1.4.2", "1.4", "1"], "prod"],
        ["web", ["prod", "1.4.2", "1.4", "1"], "prod"],
      ],
    );
  });

  it("takes no tag from a version that reads like another tag of ours, or from none", () => {
    const { version: _, ...bare } = found("none", "3");
    const odd = ["latest", "main", "b-1", "prod", "sha256-1"].map((version, index) => {
      return found(`odd-${index}`, "3", { version });
    });
    const entries = mergePromotions([], [bare, ...odd], now).releases;
    const { value } = planPromotions(fileOf(entries), settings, []);
    assert.deepEqual([...new Set(value.map(({ movingTags }) => movingTags.join()))], ["prod"]);
  });

  it("refuses a recalled digest and a foreign registry, each with its line and what to do", () => {
    const recall: Recall = {
      digest: digestOf("1"),
      image: "web",
      reason: "leaks.",
      by: "security",
      date: "2026-01-01",
    };
    const elsewhere = { ...settings, promotes: { ...(settings.promotes as object), registry: "other.example" } };
    const { problems } = planPromotions(fileOf(releases), elsewhere as typeof settings, [recall]);
    assert.deepEqual(
      problems.map(({ place: { file, line }, message, remedy }) => `${file}:${line}: ${message} ${remedy}`),
      [
        "releases/prod.yaml:4: api comes from staging.example/api; allowed is what lies in other.example. Promote it with `npx factory promote`, or change factory:promotes.",
        "releases/prod.yaml:16: web comes from staging.example/web; allowed is what lies in other.example. Promote it with `npx factory promote`, or change factory:promotes.",
        `releases/prod.yaml:17: web is at ${digestOf("1")}, which was recalled on 2026-01-01 by security: leaks. Go back to the release before: npx factory rollback web --stack prod`,
      ],
    );
  });
});

describe("a verification summary", () => {
  const facts = {
    verifier: "https://git.example/verifiers/prod",
    resourceUri: `prod.example/web@${digestOf("1")}`,
    policy: { uri: "https://git.example/docs/promotion.md", sha256: "a".repeat(64) },
    attestations: [digestOf("3"), digestOf("2")],
    lineage: [digestOf("5"), digestOf("4")],
  };

  it("has the fields of SLSA's predicate, and no level above what is shown", () => {
    assert.deepEqual(summaryOf(facts, now), {
      verifier: { id: facts.verifier },
      timeVerified: now,
      resourceUri: facts.resourceUri,
      policy: { uri: facts.policy.uri, digest: { sha256: "a".repeat(64) } },
      inputAttestations: ["2", "3"].map((digit) => ({
        uri: `prod.example/web@${digestOf(digit)}`,
        digest: { sha256: digit.repeat(64) },
      })),
      verificationResult: "PASSED",
      verifiedLevels: ["SLSA_BUILD_LEVEL_1"],
      slsaVersion: "1.2",
      lineage: [digestOf("4"), digestOf("5")],
    });
  });

  it("counts by its own verifier, and only where it says passed", () => {
    const summary = summaryOf(facts, now);
    assert.deepEqual(readSummary(summary, facts.verifier), summary);
    assert.equal(readSummary(summary, "https://git.example/verifiers/other"), undefined);
    assert.equal(readSummary({ ...summary, verificationResult: "FAILED" }, facts.verifier), undefined);
    assert.equal(readSummary({}, facts.verifier), undefined);
  });
});
