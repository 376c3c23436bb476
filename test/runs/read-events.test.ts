import assert from "node:assert/strict";
import { readEvents } from "../../tools/reports/read-events.js";

const urn = "urn:pulumi:prod::p::factory:delivery:Promotion$factory:evidence:VerifiedImage::web-verified";
const event = (timestamp: number, more: object) => JSON.stringify({ timestamp, ...more });
const began = event(10, { resourcePreEvent: { metadata: { op: "same", urn: "u::s::t::x", type: "t" } } });
const ended = (isPreview: boolean, result: string) => event(20, { summaryEvent: { isPreview, result } });
const refused = event(15, { diagnosticEvent: { urn, message: "there is no signature", severity: "error" } });

describe("the events of an up", () => {
  const rows: readonly (readonly [name: string, lines: readonly string[], exitCode: number | undefined])[] = [
    ["that went well", [began, ended(true, "succeeded"), began, ended(false, "succeeded")], 0],
    ["that failed", [began, ended(true, "succeeded"), began, ended(false, "failed")], 1],
    ["that its preview refused", [began, refused, ended(true, "failed")], 1],
    ["that was killed after its preview", [began, ended(true, "succeeded"), began], 130],
    ["that was killed while an event was written", [began, ended(false, "succeeded").slice(0, 20)], 130],
    ["that stand after a preview's digest", ["{", '    "steps": []', "}", began, ended(false, "succeeded")], 0],
    ["that are none, but a preview's digest", ["{", '    "steps": []', "}"], undefined],
    ["that are none", [], undefined],
  ];
  for (const [name, lines, exitCode] of rows) {
    it(`${name} end with ${exitCode ?? "nothing"}`, () => {
      assert.equal(readEvents(lines.join("\n"), ["web"])?.exitCode, exitCode);
    });
  }

  it("tell when it began and ended, and which image was refused", () => {
    const read = readEvents([began, refused, ended(true, "failed")].join("\n"), ["web"]);
    assert.deepEqual([read?.startedAt, read?.finishedAt], [10_000, 20_000]);
    assert.deepEqual(read?.outcome.images, [{ id: "web", state: "failed", platforms: [] }]);
    assert.deepEqual(
      read?.outcome.troubles.map(({ id, text }) => [id, text]),
      [["web", "there is no signature"]],
    );
  });
});
