import assert from "node:assert/strict";
import { bootstrapModule } from "../../../tools/machine/bootstrap-module.js";

interface Prerequisites {
  isAtLeast(version: string | undefined, least: readonly [number, number]): boolean;
  prerequisiteProblems(
    all: readonly { name: string; needed: string; found: string | undefined; fits: boolean; remedy: string }[],
  ): string | undefined;
}

type Entries = Readonly<Record<string, { version?: string; integrity?: string; optional?: boolean }>>;

interface Packages {
  sameInstalled(wanted: Entries, installed: Entries): boolean;
}

interface Progress {
  progressLine(label: string, seconds: number, end: string): string;
}

describe("prerequisites", () => {
  const rows: readonly (readonly [version: string | undefined, least: [number, number], enough: boolean])[] = [
    ["20.19.0", [20, 19], true],
    ["20.18.3", [20, 19], false],
    ["22.0.0", [20, 19], true],
    ["1.26", [1, 26], true],
    ["1.26rc1", [1, 26], true],
    ["1.100.1", [1, 26], true],
    ["1.3", [1, 26], false],
    ["", [1, 26], false],
    [undefined, [1, 26], false],
  ];
  for (const [version, least, enough] of rows) {
    it(`${version ?? "none"} is ${enough ? "" : "not "}at least ${least.join(".")}`, async () => {
      const { isAtLeast } = (await bootstrapModule("prerequisites")) as Prerequisites;
      assert.equal(isAtLeast(version, least), enough);
    });
  }

  it("that are missing are told all at once, with remedies", async () => {
    const { prerequisiteProblems } = (await bootstrapModule("prerequisites")) as Prerequisites;
    const git = { name: "git", needed: "any", found: undefined, fits: false, remedy: "Install git." };
    const go = { name: "Go", needed: "1.26 or newer", found: "1.20", fits: false, remedy: "Install Go." };
    const node = { name: "Node", needed: "20.19 or newer", found: "22.0.0", fits: true, remedy: "Install Node." };
    assert.equal(
      prerequisiteProblems([node, go, git]),
      `2 problems in this machine
 - Go: found 1.20, needed 1.26 or newer
   Install Go.
 - git: not found, needed any
   Install git.`,
    );
    assert.equal(prerequisiteProblems([node]), undefined);
  });
});

describe("npm packages are installed anew", () => {
  const wanted = {
    "": { version: "1.0.0" },
    "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
    "node_modules/b": { version: "2.0.0", integrity: "sha512-b", optional: true },
  };
  const { "": _, ...all } = wanted;
  const { "node_modules/b": __, ...withoutOptional } = all;
  const rows: readonly (readonly [when: string, installed: Entries, same: boolean])[] = [
    ["never when they are the locked ones", all, true],
    ["not for an optional one of another platform", withoutOptional, true],
    ["when one is missing", { "node_modules/b": wanted["node_modules/b"] }, false],
    ["when one has another version", { ...all, "node_modules/a": { version: "1.0.1", integrity: "sha512-a" } }, false],
    ["when one has another content", { ...all, "node_modules/a": { version: "1.0.0", integrity: "sha512-x" } }, false],
    ["when there is one too many", { ...all, "node_modules/c": { version: "1.0.0" } }, false],
  ];
  for (const [when, installed, same] of rows) {
    it(when, async () => {
      const { sameInstalled } = (await bootstrapModule("packages")) as Packages;
      assert.equal(sameInstalled(wanted, installed), same);
    });
  }
});

describe("progress", () => {
  it("says what, for how long, and how it ended", async () => {
    const { progressLine } = (await bootstrapModule("progress")) as Progress;
    assert.equal(progressLine("2 of 6 building buildkit 0.31.1", 65, ""), "2 of 6 building buildkit 0.31.1 ... 65 s");
    assert.equal(progressLine("compiling", 3, " failed"), "compiling ... 3 s failed");
  });
});
