import assert from "node:assert/strict";
import { lockRequestHash } from "../../domain/lock/request.js";
import { readRequest } from "../../domain/lock/schema.js";
import { type LockSource, orderSources, parentsOf, staleLocks } from "../../domain/lock/sources.js";
import type { PackagesLock, PackagesRequest } from "../../domain/lock/types.js";
import { formatPlace } from "../../domain/problems.js";

const text = "extends: debian\ndebian:\n  suite: trixie\n  packages: [python3]\n";

function requestOf(yaml: string): PackagesRequest {
  const { data, problems } = readRequest("packages.yaml", yaml);
  assert.deepEqual(problems, []);
  assert.ok(data !== undefined);
  return data;
}

function lockOf(request: string, pool = "a"): PackagesLock {
  return { schema: 1, request, pool: { digest: `sha256:${pool.repeat(64)}` }, platforms: {} };
}

describe("lockRequestHash", () => {
  const request = requestOf(text);
  const parent = lockOf("b".repeat(64));

  it("does not change with comments, order of keys and layout", () => {
    const other = "# why\ndebian:\n  packages:\n    - python3 # what\n  suite: trixie\nextends: debian\n";
    assert.equal(lockRequestHash(requestOf(other), "{}", parent), lockRequestHash(request, "{}", parent));
  });

  it("changes with everything that a lock is made from", () => {
    const hashes = [
      lockRequestHash(request, "{}", parent),
      lockRequestHash(requestOf(text.replace("python3", "python3.13")), "{}", parent),
      lockRequestHash(requestOf(text.replace("trixie", "forky")), "{}", parent),
      lockRequestHash(requestOf(text.replace("extends: debian", "extends: other")), "{}", parent),
      lockRequestHash(requestOf(`${text}  without: [dpkg]\n`), "{}", parent),
      lockRequestHash(requestOf(`${text}python: { pythonVersion: "3.13", requirements: [flask] }\n`), "{}", parent),
      lockRequestHash(requestOf(`${text}npm: { unpack: [{ package: a, version: 1.0.0, to: /a }] }\n`), "{}", parent),
      ...["lockfile: a", "lockfile: a, withoutScript: { b: c }", "lockfile: a, incomplete: { b: c }"].map((npm) =>
        lockRequestHash(requestOf(`${text}npm: { ${npm} }\n`), "{}", parent),
      ),
      lockRequestHash(request, "{ }", parent),
      lockRequestHash(request, undefined, parent),
      lockRequestHash(request, "{}", lockOf("c".repeat(64))),
      lockRequestHash(request, "{}", lockOf("b".repeat(64), "d")),
      lockRequestHash(request, "{}"),
    ];
    assert.equal(new Set(hashes).size, hashes.length);
  });
});

function source(name: string, yaml: string, lock?: PackagesLock): LockSource {
  const file = `bases/${name}/packages.yaml`;
  const { data, document } = readRequest(file, yaml);
  assert.ok(data !== undefined);
  const lockFile = `bases/${name}/packages.lock.json`;
  return {
    name,
    directory: `bases/${name}`,
    file,
    request: data,
    document,
    lockFile,
    ...(lock === undefined ? {} : { lock }),
  };
}

const own = "debian: { suite: trixie, packages: [libc6] }\n";
const extending = (name: string): string => `# a comment\nextends: ${name}\n${own}`;

describe("orderSources", () => {
  it("puts every source after what it extends", () => {
    const sources = [source("app", extending("python")), source("debian", own), source("python", extending("debian"))];
    const { ordered, problems } = orderSources(sources);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      ordered.map(({ name }) => name),
      ["debian", "python", "app"],
    );
    const [app] = sources;
    assert.ok(app !== undefined);
    assert.deepEqual(
      parentsOf(app, sources).map(({ name }) => name),
      ["python", "debian"],
    );
  });

  it("names the line of a parent that does not exist, and one that was meant", () => {
    const { problems } = orderSources([source("debian", own), source("python", extending("debain"))]);
    assert.deepEqual(
      problems.map(({ place, message }) => `${formatPlace(place)}: ${message}`),
      ['bases/python/packages.yaml:2: extends "debain", which has no packages.yaml.'],
    );
    assert.match(problems[0]?.remedy ?? "", /Did you mean "debian"/);
  });

  it("prints the route of a circle, once", () => {
    const sources = ["a", "b", "c"].map((name, index) => source(name, extending(["b", "c", "a"][index] ?? "")));
    const { ordered, problems } = orderSources(sources);
    assert.deepEqual(
      problems.map(({ message }) => message),
      ["extends goes round in a circle: a -> b -> c -> a."],
    );
    assert.equal(ordered.length, 3);
  });
});

describe("staleLocks", () => {
  const debian = source("debian", own, lockOf(lockRequestHash(requestOf(own))));
  const fresh = (parent: LockSource): LockSource => {
    const yaml = extending("debian");
    return source("python", yaml, lockOf(lockRequestHash(requestOf(yaml), undefined, parent.lock)));
  };
  const relocked: LockSource = { ...debian, lock: lockOf(debian.lock?.request ?? "", "e") };

  const rows: readonly (readonly [name: string, sources: readonly LockSource[], problems: readonly RegExp[]])[] = [
    ["nothing changed", [debian, fresh(debian)], []],
    [
      "no lock",
      [source("debian", own)],
      [/debian\/packages\.yaml.*asked for, but bases\/debian\/packages\.lock\.json does not exist/],
    ],
    [
      "packages.yaml changed",
      [source("debian", own.replace("libc6", "tzdata"), debian.lock)],
      [/debian\/packages\.yaml.*out of date: packages\.yaml has changed/],
    ],
    [
      "the parent locked anew",
      [relocked, fresh(debian)],
      [/python\/packages\.yaml.*out of date: packages\.yaml, or the lock of debian, has changed/],
    ],
    ["the parent without a lock", [source("debian", own), fresh(debian)], [/debian\/packages\.yaml.*does not exist/]],
  ];
  for (const [name, sources, expected] of rows) {
    it(`with ${name}`, () => {
      const found = staleLocks(sources);
      assert.equal(found.length, expected.length);
      for (const [index, pattern] of expected.entries()) {
        const { place, message, remedy } = found[index] ?? { place: { file: "" }, message: "", remedy: "" };
        assert.match(`${place.file}: ${message}`, pattern);
        assert.match(remedy, /npx factory lock (debian|python)/);
      }
    });
  }
});
