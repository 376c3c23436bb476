import assert from "node:assert/strict";
import { parseRecord } from "../../../tools/services/record.js";

describe("the record of a service", () => {
  const record = { pid: 12, started: "boot/345", address: "127.0.0.1:5000", fingerprint: "abc" };

  it("is read as it was written", () => assert.deepEqual(parseRecord(JSON.stringify(record)), record));

  const broken: readonly (readonly [what: string, text: string])[] = [
    ["empty", ""],
    ["cut short", JSON.stringify(record).slice(0, 30)],
    ["without a pid", JSON.stringify({ ...record, pid: undefined })],
    ["with pid 0, which would mean our own process group", JSON.stringify({ ...record, pid: 0 })],
    ["with a pid below zero, which would mean a group", JSON.stringify({ ...record, pid: -12 })],
    ["of another kind", "[]"],
  ];
  for (const [what, text] of broken)
    it(`counts as none when it is ${what}`, () => assert.equal(parseRecord(text), undefined));
});
