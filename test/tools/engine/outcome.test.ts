import assert from "node:assert/strict";
import type { EngineEvent, StepMetadata } from "../../../tools/engine/events.js";
import { type ImageOutcome, Outcome } from "../../../tools/engine/outcome.js";

const digest = `sha256:${"a".repeat(64)}`;
const released = [{ platform: "linux/amd64", size: 1_000_000 }];

const types = {
  image: "docker-build:index:Image",
  evidence: "factory:evidence:Evidence",
  release: "factory:release:Release",
  verified: "factory:evidence:VerifiedImage",
  promoted: "factory:promotion:PromotedImage",
};

function step(kind: keyof typeof types, op: string, id: string, outputs = {}): StepMetadata {
  const type = types[kind];
  return { op, type, urn: `urn:pulumi:local::p::factory:index:ImageFactory$${type}::${id}-${kind}`, new: { outputs } };
}

const image = (op: string, id = "a") => step("image", op, id, { digest });
const evidence = (op: string, id = "a") => step("evidence", op, id, { summary: "9 tests" });
const release = (op: string, id = "a") => step("release", op, id, { digest, released });
const verified = (op: string, id = "a") => step("verified", op, id);
const promoted = (op: string, id = "a") => step("promoted", op, id, { digest, released });
const begins = (metadata: StepMetadata): EngineEvent => ({ resourcePreEvent: { metadata } });
const ends = (metadata: StepMetadata): EngineEvent => ({ resOutputsEvent: { metadata } });
const fails = (metadata: StepMetadata): EngineEvent => ({ resOpFailedEvent: { metadata } });
const error = (message: string, urn?: string): EngineEvent => ({
  diagnosticEvent: { message, severity: "error", ...(urn === undefined ? {} : { urn }) },
});

/** Every event takes a second. */
function outcomeOf(events: readonly EngineEvent[], ids = ["a"]): Outcome {
  let now = 0;
  const outcome = new Outcome(ids, false, () => now);
  for (const event of events) {
    outcome.take(event);
    now += 1000;
  }
  return outcome;
}

describe("the outcome of an up", () => {
  const rows: readonly [name: string, events: readonly EngineEvent[], expected: Omit<ImageOutcome, "id">][] = [
    [
      "built and released",
      [begins(image("create")), ends(image("create")), begins(release("create")), ends(release("create"))],
      { state: "built", digest, candidate: digest, platforms: released, seconds: 3 },
    ],
    [
      "unchanged",
      [begins(image("same")), ends(image("same")), begins(release("same")), ends(release("same"))],
      { state: "unchanged", digest, candidate: digest, platforms: released },
    ],
    [
      "released again, for its tag was gone",
      [begins(image("same")), ends(image("same")), begins(release("update")), ends(release("update"))],
      { state: "released", digest, candidate: digest, platforms: released, seconds: 1 },
    ],
    [
      "proved again, for its tests changed",
      [ends(image("same")), begins(evidence("update")), ends(evidence("update")), ends(release("same"))],
      { state: "proved", digest, candidate: digest, platforms: released, evidence: "9 tests", seconds: 2 },
    ],
    [
      "refused by its evidence",
      [
        begins(image("update")),
        ends(image("update")),
        begins(evidence("create")),
        fails(step("evidence", "create", "a")),
      ],
      { state: "failed", candidate: digest, platforms: [], seconds: 3 },
    ],
    [
      "in quarantine",
      [begins(image("update")), ends(image("update"))],
      { state: "candidate", digest, candidate: digest, platforms: [], seconds: 1 },
    ],
    [
      "failed while it was built",
      [begins(image("update")), fails(image("update"))],
      { state: "failed", platforms: [], seconds: 1 },
    ],
    [
      "failed while it was released",
      [begins(image("update")), ends(image("update")), begins(release("update")), fails(release("update"))],
      { state: "failed", candidate: digest, platforms: released, seconds: 3 },
    ],
    [
      "promoted",
      [begins(verified("create")), ends(verified("create")), begins(promoted("create")), ends(promoted("create"))],
      { state: "released", digest, platforms: released, seconds: 3 },
    ],
    [
      "promoted already",
      [ends(verified("same")), ends(promoted("same"))],
      { state: "unchanged", digest, platforms: released },
    ],
    [
      "refused by its verification",
      [begins(verified("create")), fails(verified("create"))],
      { state: "failed", platforms: [], seconds: 1 },
    ],
    [
      "refused by a check of its inputs",
      [error("refused", verified("create").urn)],
      { state: "failed", platforms: [] },
    ],
    [
      "verified, and not promoted since another one was refused",
      [begins(verified("create")), ends(verified("create"))],
      { state: "skipped", platforms: [], seconds: 1 },
    ],
    ["cut short", [begins(image("update"))], { state: "skipped", platforms: [] }],
    ["not reached", [], { state: "skipped", platforms: [] }],
    [
      "gone from the plan",
      [begins(image("delete", "old")), ends(image("delete", "old"))],
      { state: "skipped", platforms: [] },
    ],
  ];
  for (const [name, events, expected] of rows) {
    it(`of an image that is ${name}`, () => {
      assert.deepEqual(outcomeOf(events).images, [{ id: "a", ...expected }]);
    });
  }

  it("keeps the plan's order and knows what is being worked on", () => {
    const outcome = outcomeOf([begins(image("create", "b")), begins(image("create", "a"))], ["a", "b", "c"]);
    assert.deepEqual(
      outcome.images.map(({ id }) => id),
      ["a", "b", "c"],
    );
    assert.deepEqual(outcome.running, [
      { id: "a", since: 1000 },
      { id: "b", since: 0 },
    ]);
  });

  it("takes a preview's events for a preview only", () => {
    const planned: EngineEvent = { resourcePreEvent: { metadata: image("create"), planning: true } };
    assert.equal(outcomeOf([planned]).images[0]?.state, "skipped");
  });

  it("says every trouble once, without what the engine adds", () => {
    const { urn } = image("create");
    const stack = "urn:pulumi:local::p::pulumi:pulumi:Stack::p-local";
    const policy: EngineEvent = {
      policyEvent: {
        resourceUrn: urn,
        message: "Nobody is root.\na: runs as root.",
        policyName: "non-root",
        enforcementLevel: "mandatory",
      },
    };
    const { troubles } = outcomeOf([
      policy,
      policy,
      error("failed to solve: exit code: 3\n", urn),
      error(
        "The program failed: Error: resource a-image [docker-build:index:Image] failed to register\n   at x",
        stack,
      ),
      error("update failed"),
    ]);
    assert.deepEqual(troubles, [
      { id: "a", kind: "policy", text: "a: runs as root. [non-root]" },
      { id: "a", kind: "image", text: "failed to solve: exit code: 3" },
    ]);
  });

  for (const [kind, text] of [
    ["program", "2 problems in the catalogue"],
    ["crash", "The program failed: Error: oops\n    at x"],
    ["crash", "Running program 'p' failed with an unhandled exception:\nError: oops"],
  ] as const) {
    it(`tells a ${kind} by its words: ${text.slice(0, 20)}`, () => {
      assert.deepEqual(outcomeOf([error(text)]).troubles, [{ id: "", kind, text }]);
    });
  }
});
