import assert from "node:assert/strict";
import fc from "fast-check";
import { afterTelling, messagesOf } from "../../domain/notify/messages.js";
import { duePromotions, failedBuilds, severeVulnerabilities, standingRecalls } from "../../domain/notify/notices.js";
import type { Findings, Notice, Told } from "../../domain/notify/types.js";
import type { PromotedRelease } from "../../domain/promotion/types.js";
import type { DriftFinding, DriftReport } from "../../domain/report/drift.js";
import { runRecord } from "../../domain/runs/record.js";
import { digestOf, image, run } from "../runs/examples.js";

const notice = (key: string, state: string): Notice => ({ key, kind: "recall", title: key, text: state, state });

/** Tells everything, and gives what was told in a few words with what the sender knows then. */
function tellAll(
  told: Told,
  ...findings: readonly Findings[]
): { readonly said: readonly string[]; readonly told: Told } {
  const planned = messagesOf("prod", told, findings);
  const said = planned.map(({ message }) => `${message.change} ${message.key}`);
  return { said, told: afterTelling(told, planned) };
}

describe("what is told", () => {
  const all = (...notices: readonly Notice[]): Findings => ({ notices, looked: () => true });

  it("is told once, again where it has changed, and when it is over", () => {
    const first = tellAll({}, all(notice("a", "1"), notice("b", "1")));
    assert.deepEqual(first.said, ["new a", "new b"]);
    const second = tellAll(first.told, all(notice("a", "1"), notice("b", "2")));
    assert.deepEqual(second.said, ["changed b"]);
    const third = tellAll(second.told, all(notice("b", "2")));
    assert.deepEqual(third.said, ["resolved a"]);
    assert.deepEqual(tellAll(third.told, all(notice("b", "2"))).said, []);
    assert.deepEqual(tellAll(third.told, all(notice("a", "1"), notice("b", "2"))).said, ["new a"]);
  });

  it("is not over because nobody has looked", () => {
    const { told } = tellAll({}, all(notice("a", "1")));
    assert.deepEqual(tellAll(told, { notices: [], looked: () => false }).said, []);
  });

  const notices = fc
    .uniqueArray(fc.tuple(fc.constantFrom("a", "b", "c", "d"), fc.constantFrom("1", "2")), { selector: ([key]) => key })
    .map((pairs) => pairs.map(([key, state]) => notice(key, state)));

  it("is nothing the second time, whatever was found, in whatever order", () => {
    fc.assert(
      fc.property(notices, notices, (before, now) => {
        const { told } = tellAll({}, all(...before));
        const after = tellAll(told, all(...now));
        assert.deepEqual(tellAll(after.told, all(...[...now].reverse())).said, []);
        assert.deepEqual(after.told, tellAll({}, all(...now)).told);
      }),
    );
  });

  it("is told later where it was not delivered, under the same id", () => {
    fc.assert(
      fc.property(notices, notices, fc.array(fc.boolean()), (before, now, arrives) => {
        const { told } = tellAll({}, all(...before));
        const planned = messagesOf("prod", told, [all(...now)]);
        const delivered = planned.filter((_, index) => arrives[index]);
        const rest = messagesOf("prod", afterTelling(told, delivered), [all(...now)]);
        const missing = planned.filter((each) => !delivered.includes(each));
        assert.deepEqual(rest, missing);
      }),
    );
  });

  it("has another id in another stack, state or change", () => {
    const ids = (stack: string, told: Told, state: string) =>
      messagesOf(stack, told, [all(notice("a", state))]).map(({ message }) => message.id);
    const { told } = tellAll({}, all(notice("a", "0")));
    const found = [ids("prod", {}, "1"), ids("staging", {}, "1"), ids("prod", {}, "2"), ids("prod", told, "1")].flat();
    assert.equal(new Set(found).size, 4);
  });
});

describe("failed builds", () => {
  const recordOf = (more: Partial<typeof run>) => runRecord({ ...run, ...more });
  const problem = (text: string) => ({ image: "web", kind: "image", text });

  it("are told with what was found, and are the same failure with another digest or time", () => {
    const [told] = failedBuilds(
      recordOf({ problems: [problem(`sha256:${"a".repeat(64)} failed after 1.5s`)] }),
    ).notices;
    assert.equal(told?.title, "web was built, and refused by its gates");
    const [again] = failedBuilds(
      recordOf({ problems: [problem(`sha256:${"b".repeat(64)} failed after 30s`)] }),
    ).notices;
    assert.equal(told?.state, again?.state);
    const [other] = failedBuilds(recordOf({ problems: [problem("another finding")] })).notices;
    assert.notEqual(told?.state, other?.state);
  });

  it("are those of a promotion, too", () => {
    const [told] = failedBuilds(recordOf({ images: [{ ...image, promoted: true }] })).notices;
    assert.equal(told?.title, "web could not be promoted");
  });

  it("are what no image fails of, too: a policy, a mirror, a part of the cloud", () => {
    const problems = [problem("refused"), { image: "web-ghcr", kind: "image", text: "denied" }];
    const found = failedBuilds(recordOf({ problems })).notices;
    assert.deepEqual(
      found.map(({ key, text }) => [key, text]),
      [
        ["build/web", "refused"],
        ["build/*", "web-ghcr: denied"],
      ],
    );
  });

  it("are over when the image was reached and did not fail, and not before", () => {
    const { told } = tellAll({}, failedBuilds(recordOf({})));
    const stateOf = (state: "skipped" | "built") =>
      failedBuilds(recordOf({ images: [{ ...image, state }], problems: [] }));
    assert.deepEqual(tellAll(told, stateOf("skipped")).said, []);
    assert.deepEqual(tellAll(told, failedBuilds(recordOf({ images: [], problems: [] }))).said, []);
    assert.deepEqual(tellAll(told, stateOf("built")).said, ["resolved build/web"]);
  });

  it("are those of the whole run, too, and an interrupt is none", () => {
    const whole = { problems: [{ kind: "engine", text: "the registry is gone" }], images: [] };
    const { said, told } = tellAll({}, failedBuilds(recordOf(whole)));
    assert.deepEqual(said, ["new build/*"]);
    assert.deepEqual(tellAll(told, failedBuilds(recordOf({ problems: [], images: [], exitCode: 130 }))).said, []);
    assert.deepEqual(tellAll(told, failedBuilds(recordOf({ problems: [], images: [], exitCode: 0 }))).said, [
      "resolved build/*",
    ]);
  });
});

describe("severe vulnerabilities", () => {
  type Severity = DriftFinding["finding"]["severity"];
  const drifted = (
    id: string,
    severity: Severity,
    inheritedFrom?: string,
    fixed: readonly string[] = [],
  ): DriftFinding => ({
    finding: {
      id,
      aliases: id.startsWith("GHSA") ? [id.replace("GHSA", "CVE")] : [],
      severity,
      package: { name: "curl", version: "8.1", type: "deb" },
      fix: { state: fixed.length === 0 ? "unknown" : "fixed", versions: fixed },
      scanner: "grype",
    },
    ...(inheritedFrom === undefined ? {} : { inheritedFrom }),
  });
  const report = (images: Readonly<Record<string, readonly DriftFinding[]>>): DriftReport => ({
    scannedOn: "2026-01-31T12:00:00Z",
    unscanned: [],
    images: Object.entries(images).map(([id, found]) => ({
      image: id,
      digest: digestOf("a"),
      platforms: [{ platform: "linux/amd64", new: found.slice(0, 1), open: found.slice(1), fixed: [], failures: [] }],
    })),
  });

  it("are told of the base that brought them in, once, by their CVE number", () => {
    const images = {
      base: [drifted("GHSA-1", "high")],
      web: [drifted("CVE-1", "high", "base"), drifted("CVE-2", "medium")],
    };
    const { notices } = severeVulnerabilities(report(images));
    assert.deepEqual(
      notices.map(({ key, title }) => [key, title]),
      [["vulnerability/base/CVE-1/curl", "CVE-1 (high) in curl of base"]],
    );
    assert.match(notices[0]?.text ?? "", /fixed in no version yet\. Also in what stands on it: web\./);
  });

  it("are told again when there is a fix or they are worse, and over when a rescan finds them no more", () => {
    const { told } = tellAll({}, severeVulnerabilities(report({ web: [drifted("CVE-1", "high")] })));
    const found = (...list: readonly DriftFinding[]) =>
      tellAll(told, severeVulnerabilities(report({ web: list }))).said;
    assert.deepEqual(found(drifted("CVE-1", "high")), []);
    assert.deepEqual(found(drifted("CVE-1", "high", undefined, ["8.2"])), ["changed vulnerability/web/CVE-1/curl"]);
    assert.deepEqual(found(drifted("CVE-1", "critical")), ["changed vulnerability/web/CVE-1/curl"]);
    assert.deepEqual(found(), ["resolved vulnerability/web/CVE-1/curl"]);
    const others = severeVulnerabilities(report({ api: [] }));
    assert.deepEqual(tellAll(told, others).said, [], "another image was rescanned");
  });
});

describe("recalls", () => {
  const recall = { digest: digestOf("a"), image: "web", reason: "it leaks", by: "us", date: "2026-01-01" };

  it("are told once, and when they are taken back", () => {
    const { said, told } = tellAll({}, standingRecalls([recall]));
    assert.deepEqual(said, [`new recall/${recall.digest}`]);
    assert.deepEqual(tellAll(told, standingRecalls([recall])).said, []);
    assert.deepEqual(tellAll(told, standingRecalls([])).said, [`resolved recall/${recall.digest}`]);
  });
});

describe("promotions", () => {
  const day = 24 * 3_600_000;
  const promoted = { image: "web", digest: digestOf("a") } as PromotedRelease;
  const inputs = { promoted: [promoted], recalls: [], after: 7 * day, now: 100 * day };
  const next = { image: "web", digest: digestOf("b"), at: 93 * day };
  const withdrawn = { digest: next.digest, reason: "r", by: "us", at: "2026-01-01T00:00:00Z" };
  const recalled = { digest: next.digest, image: "web", reason: "r", by: "us", date: "2026-01-01" };

  const rows: readonly (readonly [
    name: string,
    changes: Partial<Parameters<typeof duePromotions>[0]>,
    due: boolean,
  ])[] = [
    ["due after the time that was set", { newest: [next] }, true],
    ["not due before", { newest: [{ ...next, at: 93 * day + 1 }] }, false],
    ["not due where the stack has it", { newest: [{ ...next, digest: promoted.digest }] }, false],
    ["not due where nothing was released", { newest: [] }, false],
    ["not due for an image that is not promoted", { newest: [next], promoted: [] }, false],
    [
      "not due where it was rolled back",
      { newest: [next], promoted: [{ ...promoted, rolledBack: [withdrawn] }] },
      false,
    ],
    ["not due where it is recalled", { newest: [next], recalls: [recalled] }, false],
  ];
  for (const [name, changes, due] of rows) {
    it(`are ${name}`, () => {
      assert.equal(duePromotions({ ...inputs, newest: [], ...changes }).notices.length, due ? 1 : 0);
    });
  }

  it("are told once for each release, and over when it is promoted", () => {
    const { told } = tellAll({}, duePromotions({ ...inputs, newest: [next] }));
    const newer = { ...next, digest: digestOf("c") };
    assert.deepEqual(tellAll(told, duePromotions({ ...inputs, newest: [newer] })).said, ["changed promotion/web"]);
    const done = duePromotions({ ...inputs, promoted: [{ ...promoted, digest: next.digest }], newest: [next] });
    assert.deepEqual(tellAll(told, done).said, ["resolved promotion/web"]);
    assert.deepEqual(tellAll(told, duePromotions({ ...inputs, newest: [] })).said, [], "the registry was not read");
  });
});
