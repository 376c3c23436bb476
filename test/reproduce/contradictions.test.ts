import assert from "node:assert/strict";
import { contradictions } from "../../domain/reproduction/contradictions.js";
import type { RecordedBuild } from "../../domain/reproduction/recorded-build.js";
import { application, base } from "../catalogue/fixtures.js";
import { COMMIT, plan, planned } from "../plan/fixtures.js";

const image = planned(
  plan([
    { folder: base("os"), dockerfile: "FROM scratch\n" },
    {
      folder: application("web", "secrets: [token]\nvariants:\n  dev: { target: dev, args: { DEBUG: '1' } }"),
      dockerfile: "FROM factory.invalid/os AS dev\nFROM dev\n",
    },
  ]),
  "web-dev",
);

const recorded: RecordedBuild = {
  image: "web-dev",
  source: "https://git.example/factory",
  revision: COMMIT,
  dockerfile: "images/web/Dockerfile",
  target: "dev",
  buildArgs: { SOURCE_DATE_EPOCH: image.buildArgs.SOURCE_DATE_EPOCH ?? "", DEBUG: "1" },
  platforms: ["linux/amd64"],
  secrets: ["token"],
  materials: [],
  contexts: new Map(),
  buildkit: "v0.31.1",
};

describe("what a commit plans and what is recorded", () => {
  it("agree whatever their order, and with other platforms", () =>
    assert.deepEqual(contradictions(image, recorded), []));

  const { target: _, ...untargeted } = recorded;
  const rows: readonly (readonly [what: string, record: RecordedBuild, message: RegExp])[] = [
    [
      "the Dockerfile",
      { ...recorded, dockerfile: "web/Dockerfile" },
      /dockerfile "web\/Dockerfile".* "images\/web\/Dockerfile"/,
    ],
    ["the target", untargeted, /target none, the recorded commit says "dev"/],
    ["an argument", { ...recorded, buildArgs: { ...recorded.buildArgs, DEBUG: "2" } }, /buildArgs .*"2".* says .*"1"/],
    ["the secrets", { ...recorded, secrets: [] }, /secrets \[\], the recorded commit says \["token"\]/],
  ];
  for (const [what, record, message] of rows) {
    it(`contradict each other in ${what}`, () => {
      const found = contradictions(image, record);
      assert.equal(found.length, 1);
      assert.match(found[0]?.message ?? "", message);
    });
  }
});
