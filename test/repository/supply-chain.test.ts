import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./source-files.js";

/** A test that a row of docs/supply-chain.md names: `` `test/x.test.ts` "its title" ``. */
interface NamedTest {
  readonly file: string;
  readonly title: string;
}

describe("docs/supply-chain.md", function () {
  this.timeout("1m");
  const rows = rowsWithTests(readFileSync(path.join(root, "docs/supply-chain.md"), "utf8"));
  const named = rows.flatMap(({ tests }) => tests);

  it("names a test in every row of a table that has a column for it, or says that there is none", () => {
    assert.ok(rows.length > 30, `${rows.length} rows were found`);
    assert.deepEqual(
      rows.filter(({ tests, cell }) => (tests.length === 0) !== cell.startsWith("none")).map(({ cell }) => cell),
      [],
    );
  });

  it("names only tests that there are, by file and title", () => {
    const files = [...new Set(named.map(({ file }) => file))];
    assert.deepEqual(
      files.filter((file) => !existsSync(path.join(root, file))),
      [],
    );
    const titles = titlesIn(files);
    assert.deepEqual(
      named.filter(({ file, title }) => !titles.get(file)?.has(title)),
      [],
    );
  });
});

/** The last cell of every row of the tables whose last column is called "Test". */
function rowsWithTests(text: string): readonly { readonly cell: string; readonly tests: readonly NamedTest[] }[] {
  const rows: { readonly cell: string; readonly tests: readonly NamedTest[] }[] = [];
  let inTable = false;
  for (const line of text.split("\n")) {
    const cell = line.startsWith("|") ? (line.split("|").at(-2) ?? "").trim() : undefined;
    if (cell === undefined || cell === "Test") inTable = cell === "Test";
    else if (inTable && !/^:?-+:?$/.test(cell)) rows.push({ cell, tests: testsIn(cell) });
  }
  return rows;
}

/** Titles belong to the file before them. */
function testsIn(cell: string): readonly NamedTest[] {
  const tests: NamedTest[] = [];
  let file = "";
  for (const [, path, title] of cell.matchAll(/`(test\/[^`]+)`|"([^"]+)"/g)) {
    if (path !== undefined) file = path;
    else if (title !== undefined) tests.push({ file, title });
  }
  return tests;
}

/** The titles that mocha sees, rows of tables included; it loads the files and runs nothing. */
function titlesIn(files: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const compiled = (file: string) => path.join(root, "dist", file.replace(/\.ts$/, ".js"));
  const args = ["--no-config", "--dry-run", "--reporter", "json", ...files.map(compiled)];
  const mocha = path.join(root, "node_modules/mocha/bin/mocha.js");
  const text = execFileSync(process.execPath, [mocha, ...args], { cwd: root, encoding: "utf8", maxBuffer: 1 << 26 });
  const { tests } = JSON.parse(text.slice(text.indexOf("{"))) as {
    readonly tests: readonly { readonly file: string; readonly title: string }[];
  };
  return new Map(
    files.map((file) => [file, new Set(tests.filter((it) => it.file === compiled(file)).map(({ title }) => title))]),
  );
}
