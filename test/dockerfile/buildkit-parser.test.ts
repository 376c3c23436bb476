import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { familiarName, fullName, parseImageName } from "../../domain/dockerfile/image-name.js";
import { readDockerfile } from "../../domain/dockerfile/read.js";
import { type EscapeToken, expandWord } from "../../domain/dockerfile/words.js";
import { projectRoot } from "../../tools/project.js";

/** What BuildKit 0.31.1's own parser says, written by `buildkit-parser/main.go`: rows of other tests and random texts. */
interface Expected {
  readonly file?: {
    readonly text: string;
    readonly refused: boolean;
    readonly syntax: string;
    readonly escape: string;
    readonly instructions: readonly {
      readonly line: number;
      readonly keyword: string;
      readonly flags: readonly string[];
      readonly text: string;
      readonly heredocs: readonly { readonly name: string; readonly content: string }[];
    }[];
  };
  readonly name?: {
    readonly written: string;
    readonly refused: boolean;
    readonly full: string;
    readonly familiar: string;
  };
  readonly word?: {
    readonly written: string;
    readonly escape: EscapeToken;
    readonly refused: boolean;
    readonly value: string;
  };
}

const VARIABLES = new Map([
  ["X", "abcabc"],
  ["EMPTY", ""],
  ["Y", "a*b"],
]);

describe("BuildKit's own parser and we", () => {
  const lines = readFileSync(join(projectRoot, "test/dockerfile/buildkit-parser/expected.jsonl"), "utf8").trimEnd();
  const cases = lines.split("\n").map((line) => JSON.parse(line) as Expected);
  const files = cases.flatMap(({ file }) => file ?? []);
  const names = cases.flatMap(({ name }) => name ?? []);
  const words = cases.flatMap(({ word }) => word ?? []);

  it(`read the same instructions in ${files.length} Dockerfiles`, () => {
    for (const { text, refused, syntax, escape: escapeToken, instructions } of files) {
      const { value, problems } = readDockerfile(text, "Dockerfile");
      assert.equal(value.syntax?.value ?? "", syntax, JSON.stringify(text));
      // What it refuses is refused here, if not by the reader then by the checks behind it.
      if (refused) continue;
      assert.deepEqual(problems, [], JSON.stringify(text));
      assert.equal(value.escape, escapeToken);
      const read = value.instructions.map(({ line, keyword, flags, text: joined, heredocs }) => ({
        line,
        keyword,
        flags,
        text: joined,
        heredocs,
      }));
      assert.deepEqual(read, instructions, JSON.stringify(text));
    }
  });

  it(`read the same image in ${names.length} names`, () => {
    for (const { written, refused, full, familiar } of names) {
      const image = parseImageName(written);
      assert.equal(image === undefined, refused, written);
      if (image !== undefined) assert.deepEqual([fullName(image), familiarName(image)], [full, familiar]);
    }
  });

  it(`give ${words.length} words the same value`, () => {
    for (const { written, escape: escapeToken, refused, value } of words) {
      const expand = () => expandWord(written, (name) => VARIABLES.get(name), escapeToken);
      if (refused) assert.throws(expand, { name: "WordError" }, written);
      else assert.equal(expand(), value, written);
    }
  });
});
