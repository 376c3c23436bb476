import assert from "node:assert/strict";
import { type NpmLockfile, readNpmLockfile, staleness } from "../../domain/lock/npm-lockfile.js";

const integrity = "sha512-x";

function lockfile(packages: object, lockfileVersion = 3): string {
  return JSON.stringify(
    { name: "app", lockfileVersion, packages: { "": { dependencies: { a: "^1.0.0" } }, ...packages } },
    null,
    2,
  );
}

function read(text: string): NpmLockfile {
  const { value, problems } = readNpmLockfile("app/package-lock.json", text);
  assert.deepEqual(problems, []);
  assert.ok(value);
  return value;
}

describe("npm lockfile", () => {
  it("keeps packages by path", () => {
    const { packages } = read(lockfile({ "node_modules/a": { version: "1.0.0", integrity, license: "MIT" } }));
    assert.deepEqual([...packages.keys()], ["", "node_modules/a"]);
  });

  it("takes bundled packages as part of those that bring them", () => {
    read(lockfile({ "node_modules/a/node_modules/b": { version: "1.0.0", inBundle: true } }));
  });

  const refused: readonly (readonly [string, object, RegExp])[] = [
    [
      "a registry's address",
      { version: "1.0.0", integrity, resolved: "https://registry.example/a.tgz" },
      /names a registry's address/,
    ],
    ["a git commit", { version: "1.0.0", resolved: "git+ssh://git@example.com/a.git#0" }, /not from a registry/],
    ["a workspace", { resolved: "packages/a", link: true }, /is a workspace/],
    ["no integrity", { version: "1.0.0" }, /no version with a sha512 integrity/],
    ["sha1 only", { version: "1.0.0", integrity: "sha1-x" }, /no version with a sha512 integrity/],
  ];
  for (const [what, entry, message] of refused) {
    it(`refuses ${what} with its line`, () => {
      const { problems } = readNpmLockfile("app/package-lock.json", lockfile({ "node_modules/a": entry }));
      assert.equal(problems.length, 1);
      assert.match(problems[0]?.message ?? "", message);
      assert.deepEqual(problems[0]?.place, { file: "app/package-lock.json", line: 10 });
      assert.notEqual(problems[0]?.remedy, "");
    });
  }

  for (const [what, text] of [
    ["an older version", lockfile({}, 2)],
    ["something else", "{}"],
    ["half a file", '{"lockfileVersion": 3, "packages": {'],
  ] as const) {
    it(`refuses ${what}`, () => {
      const { value, problems } = readNpmLockfile("app/package-lock.json", text);
      assert.equal(value, undefined);
      assert.notEqual(problems.length, 0);
    });
  }

  it("is stale when package.json asks for something else, in whatever order", () => {
    const stale = (packageJson: object): readonly string[] =>
      staleness(read(lockfile({})), packageJson).map(({ message }) => message);
    assert.deepEqual(stale({ dependencies: { a: "^1.0.0" }, scripts: { test: "x" } }), []);
    assert.deepEqual(stale({ dependencies: { a: "^2.0.0" }, devDependencies: { b: "1" } }), [
      "dependencies and devDependencies differ from those of the package.json beside it.",
    ]);
  });
});
