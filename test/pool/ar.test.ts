import assert from "node:assert/strict";
import { readAr } from "../../provider/pool/ar.js";
import { ar } from "../support/debian-package.js";

describe("readAr", () => {
  it("reads members in order, of odd and even size and of none", () => {
    const members = { one: Buffer.from("1"), two: Buffer.from("22"), none: Buffer.alloc(0), last: Buffer.from("333") };
    assert.deepEqual([...readAr(ar(members))], Object.entries(members));
  });

  it("reads names that end with a slash, as GNU ar writes them", () => {
    assert.deepEqual([...readAr(ar({ "control.tar/": Buffer.from("x") })).keys()], ["control.tar"]);
  });

  const whole = ar({ member: Buffer.from("abcdef") });
  const broken: readonly (readonly [name: string, archive: Buffer, error: RegExp])[] = [
    ["other magic", Buffer.from("PK\u0003\u0004 and more"), /not an ar archive/],
    ["empty", Buffer.alloc(0), /not an ar archive/],
    ["cut in the header", whole.subarray(0, 30), /bad ar header at byte 8/],
    ["cut in the member", whole.subarray(0, 70), /"member" is cut off/],
    [
      "a size that is no number",
      Buffer.from(whole.toString("latin1").replace("6   ", "6x  ")),
      /bad size of ar member "member"/,
    ],
    ["a header without its end", Buffer.from(whole.toString("latin1").replace("`\n", "``")), /bad ar header/],
  ];
  for (const [name, archive, error] of broken) {
    it(`refuses ${name}`, () => assert.throws(() => readAr(archive), error));
  }
});
