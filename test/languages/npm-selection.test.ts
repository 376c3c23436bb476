import assert from "node:assert/strict";
import fc from "fast-check";
import { readNpmLockfile } from "../../domain/lock/npm-lockfile.js";
import { type NpmExcuses, selectPackages } from "../../domain/lock/npm-selection.js";

type Packages = Readonly<Record<string, object>>;

function select(packages: Packages, platform = "linux/amd64", excuses?: NpmExcuses) {
  const filled = Object.entries(packages).map(([path, entry]) => [
    path === "" ? "" : `node_modules/${path}`,
    path === "" ? entry : { version: "1.0.0", integrity: "sha512-x", ...entry },
  ]);
  const text = JSON.stringify({ lockfileVersion: 3, packages: Object.fromEntries(filled) }, null, 1);
  const { value, problems } = readNpmLockfile("package-lock.json", text);
  assert.ok(value, JSON.stringify(problems));
  return selectPackages(value, platform, excuses);
}

/** Paths below node_modules, those for the build only in brackets. */
function paths(packages: Packages, platform?: string): readonly string[] {
  const { value, problems } = select(packages, platform);
  assert.deepEqual(problems, []);
  return value.map(({ path, development }) => {
    const short = path.replace(/^node_modules\//, "");
    return development ? `(${short})` : short;
  });
}

const needs = (...names: string[]) => ({ dependencies: Object.fromEntries(names.map((name) => [name, "*"])) });
const optionally = (...names: string[]) => ({
  optionalDependencies: Object.fromEntries(names.map((name) => [name, "*"])),
});

describe("selection of a lockfile's packages", () => {
  const rows: readonly (readonly [string, Packages, readonly string[]])[] = [
    ["what is reached, however far", { "": needs("a"), a: needs("b"), b: needs("c"), c: {} }, ["a", "b", "c"]],
    ["circles", { "": needs("a"), a: needs("b"), b: needs("a") }, ["a", "b"]],
    ["what nothing reaches stays out", { "": needs("a"), a: {}, lost: {} }, ["a"]],
    [
      "the nearest of two versions",
      { "": needs("a", "b"), a: needs("b"), "a/node_modules/b": needs("c"), b: {}, c: {}, "b/node_modules/c": {} },
      ["a", "a/node_modules/b", "b", "c"],
    ],
    [
      "names with a scope",
      { "": needs("@s/a"), "@s/a": needs("@s/b"), "@s/a/node_modules/@s/b": {} },
      ["@s/a", "@s/a/node_modules/@s/b"],
    ],
    [
      "what only the build needs, marked",
      { "": { ...needs("a"), devDependencies: { d: "*" } }, a: needs("both"), d: needs("both", "e"), e: {}, both: {} },
      ["a", "both", "(d)", "(e)"],
    ],
    ["peers that are there", { "": needs("a"), a: { peerDependencies: { p: "*", gone: "*" } }, p: {} }, ["a", "p"]],
    [
      "optional packages that fit",
      { "": needs("a"), a: optionally("x64", "arm", "gone"), x64: { cpu: ["x64"] }, arm: { cpu: ["arm64"] } },
      ["a", "x64"],
    ],
    [
      "nothing that only an optional package which does not fit needs",
      { "": optionally("mac"), mac: { os: ["darwin"], ...needs("helper") }, helper: {} },
      [],
    ],
    [
      "optional where both lists name it",
      { "": { ...needs("mac"), ...optionally("mac") }, mac: { os: ["darwin"] } },
      [],
    ],
    [
      "bundled packages come with their parent",
      { "": needs("a"), a: needs("b"), "a/node_modules/b": { inBundle: true } },
      ["a"],
    ],
  ];
  for (const [what, packages, expected] of rows) it(what, () => assert.deepEqual(paths(packages), expected));

  it("takes the name of an alias from its entry", () => {
    const { value } = select({ "": needs("alias"), alias: { name: "real" } });
    assert.deepEqual(
      value.map(({ name, path }) => [name, path]),
      [["real", "node_modules/alias"]],
    );
  });

  const refused: readonly (readonly [string, Packages, RegExp])[] = [
    [
      "a package that does not run there",
      { "": needs("a"), a: { os: ["darwin"] } },
      /node_modules\/a does not run on linux\/amd64 \(os: darwin\)/,
    ],
    ["an install script", { "": needs("a"), a: { hasInstallScript: true } }, /node_modules\/a needs an install script/],
    ["a hole", { "": needs("a"), a: needs("b") }, /node_modules\/a depends on b, which the lockfile lacks/],
  ];
  for (const [what, packages, message] of refused) {
    it(`refuses ${what}`, () => {
      const { problems } = select(packages);
      assert.equal(problems.length, 1);
      assert.match(problems[0]?.message ?? "", message);
      assert.ok(problems[0]?.place.line);
    });
  }

  it("lets pass an install script that the platform never needs", () => {
    assert.deepEqual(paths({ "": optionally("a"), a: { hasInstallScript: true, os: ["darwin"] } }), []);
  });

  const program: Packages = {
    "": needs("a"),
    a: { ...optionally("a-x64", "a-arm64", "a-musl"), hasInstallScript: true },
    "a-x64": { cpu: ["x64"] },
  };

  it("names a program's part for a platform that npm silently left out of the lockfile", () => {
    const excuses = { withoutScript: ["a"], incomplete: [] };
    assert.deepEqual(select(program, "linux/amd64", excuses).problems, []);
    const [problem, ...others] = select(program, "linux/arm64", excuses).problems;
    assert.deepEqual(others, []);
    assert.equal(problem?.message, "node_modules/a has no part for linux/arm64: the lockfile lacks a-arm64, a-musl.");
  });

  it("lets pass what is excused by its name, and says which excuse it needed", () => {
    const { problems, excused } = select(program, "linux/arm64", { withoutScript: ["a"], incomplete: ["a", "b"] });
    assert.deepEqual(problems, []);
    assert.deepEqual(excused, { withoutScript: ["a"], incomplete: ["a"] });
  });

  it("selects exactly what is reached over packages that fit", () => {
    const names = ["a", "b", "c", "d", "e", "f"];
    const entry = fc.record({ edges: fc.subarray(names), cpu: fc.constantFrom(undefined, "x64", "arm64") });
    const graph = fc.record({ roots: fc.subarray(names), entries: fc.array(entry, { minLength: 6, maxLength: 6 }) });
    fc.assert(
      fc.property(graph, fc.constantFrom("x64", "arm64"), ({ roots, entries }, cpu) => {
        const packages = Object.fromEntries(
          entries.map((item, index) => [
            names[index],
            { ...optionally(...item.edges), ...(item.cpu && { cpu: [item.cpu] }) },
          ]),
        );
        // The oracle: repeat one step until nothing is added.
        const reached = new Set<string>();
        const open = (name: string): boolean => [undefined, cpu].includes(entries[names.indexOf(name)]?.cpu);
        for (let before = -1; before !== reached.size; ) {
          before = reached.size;
          for (const name of [...roots, ...[...reached].flatMap((from) => entries[names.indexOf(from)]?.edges ?? [])]) {
            if (open(name)) reached.add(name);
          }
        }
        assert.deepEqual(
          paths({ "": optionally(...roots), ...packages }, cpu === "x64" ? "linux/amd64" : "linux/arm64"),
          [...reached].sort(),
        );
      }),
    );
  });
});
