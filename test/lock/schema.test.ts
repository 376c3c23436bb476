import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { renderLock } from "../../domain/lock/render.js";
import { readLock, readRequest } from "../../domain/lock/schema.js";
import type { PackagesLock } from "../../domain/lock/types.js";
import { formatPlace } from "../../domain/problems.js";
import { projectRoot } from "../../tools/project.js";

const file = "bases/tools/packages.yaml";

/** `line: message` of each problem of a text. */
const requests: readonly (readonly [name: string, text: string, problems: readonly RegExp[]])[] = [
  ["nothing", "", [/packages\.yaml:?1?: .*asks for no packages/]],
  ["only a parent", "extends: debian\n", [/asks for no packages/]],
  [
    "an unknown key",
    "debian:\n  suite: trixie\n  package: [libc6]\n",
    [/:1: debian\.packages is missing|:3: unknown key "package"/, /./],
  ],
  [
    "a package twice",
    "debian:\n  suite: trixie\n  packages:\n    - libc6\n    - libc6\n",
    [/:5: .*"libc6" stands twice/],
  ],
  [
    "a suite that is a version",
    "debian:\n  suite: 13\n  packages: [libc6]\n",
    [/:2: debian\.suite is the number 13, but must be text/],
  ],
  [
    "a name that is none",
    "debian:\n  suite: trixie\n  packages:\n    - Lib C\n",
    [/:4: debian\.packages\[0\] is "Lib C"/],
  ],
  ["no packages", "debian:\n  suite: trixie\n  packages: []\n", [/:3: debian\.packages has 0 items; at least 1/]],
  [
    "Python's version as a number",
    "python:\n  pythonVersion: 3.13\n  requirements: [flask]\n",
    [/:2: python\.pythonVersion is the number 3\.13/],
  ],
  ["npm without anything", "npm: {}\n", [/:1: npm: neither lockfile nor unpack/]],
  [
    "a lockfile elsewhere",
    "npm:\n  lockfile: ../package-lock.json\n",
    [/:2: npm\.lockfile is "\.\.\/package-lock\.json"/],
  ],
  [
    "a relative folder and an unknown platform",
    "npm:\n  unpack:\n    - package: a\n      version: 1.0.0\n      to: ../usr\n      platform: amd64\n",
    [/:5: npm\.unpack\[0\]\.to is "\.\.\/usr"/, /:6: npm\.unpack\[0\]\.platform is "amd64"/],
  ],
];

describe("readRequest", () => {
  for (const [name, text, expected] of requests) {
    it(`refuses ${name}`, () => {
      const { data, problems } = readRequest(file, text);
      assert.equal(data, undefined);
      const found = problems.map(({ place, message }) => `${formatPlace(place)}: ${message}`);
      assert.equal(found.length, expected.length, found.join("\n"));
      for (const [index, pattern] of expected.entries()) assert.match(found[index] ?? "", pattern);
    });
  }

  it("reads all three kinds", () => {
    const text = `extends: debian
debian: { suite: trixie, packages: [libc6], without: [debconf] }
python: { pythonVersion: "3.13", requirements: ["flask>=3"] }
npm: { lockfile: package-lock.json, unpack: [{ package: a, version: 1.0.0, to: /usr/local }] }
`;
    const { data, problems } = readRequest(file, text);
    assert.deepEqual(problems, []);
    assert.deepEqual(data?.debian?.without, ["debconf"]);
    assert.equal(data?.npm?.unpack?.[0]?.to, "/usr/local");
  });
});

const digest = `sha256:${"a".repeat(64)}`;
const lock: PackagesLock = {
  schema: 1,
  request: "b".repeat(64),
  pool: { digest },
  platforms: {
    "linux/arm64": [],
    "linux/amd64": [
      {
        kind: "debian",
        name: "libc6",
        version: "2.41-12",
        architecture: "amd64",
        suite: "trixie",
        security: false,
        path: "pool/main/g/glibc/libc6_2.41-12_amd64.deb",
        size: 10,
        sha256: "c".repeat(64),
      },
      {
        kind: "wheel",
        name: "flask",
        version: "3.1",
        filename: "flask-3.1-py3-none-any.whl",
        size: 1,
        sha256: "d".repeat(64),
      },
      { kind: "npm", name: "node", version: "24.0.0", unpackTo: "/usr/local", size: 1, sha256: "e".repeat(64) },
    ],
  },
};

const locks: readonly (readonly [name: string, edit: (text: string) => string, problem: RegExp])[] = [
  ["a text that is no JSON", () => "{", /this is not YAML/],
  ["an empty file", () => "", /schema/],
  ["a lock of another schema", (text) => text.replace('"schema": 1', '"schema": 2'), /:2: schema is the number 2/],
  ["a short digest", (text) => text.replace(digest, "sha256:abc"), /:4: pool\.digest is "sha256:abc"/],
  ["a platform that nobody knows", (text) => text.replace("linux/arm64", "linux/arm65"), /linux\/arm65/],
  ["a payload of no kind", (text) => text.replace('"wheel"', '"gem"'), /:8: /],
  ["a checksum in capitals", (text) => text.replace("c".repeat(64), "C".repeat(64)), /:7: .*sha256/],
  ["a path that leaves the mirror", (text) => text.replace("pool/main/g", "pool/../../g"), /:7: .*path/],
  ["an absolute address", (text) => text.replace("pool/main/g/glibc", "/pool"), /:7: .*path/],
  ["a folder that is not absolute", (text) => text.replace('"/usr/local"', '"usr/local"'), /:9: .*unpackTo/],
  ["a field that does not belong", (text) => text.replace('"suite"', '"host":"x","suite"'), /:7: unknown key "host"/],
];

describe("readLock", () => {
  for (const [name, edit, expected] of locks) {
    it(`refuses ${name}, and says how to write it anew`, () => {
      const text = edit(renderLock(lock));
      assert.notEqual(text, renderLock(lock));
      const { data, problems } = readLock("bases/tools/packages.lock.json", text, "tools");
      assert.equal(data, undefined);
      const found = problems.map(({ place, message }) => `${formatPlace(place)}: ${message}`).join("\n");
      assert.match(found, expected);
      for (const { remedy } of problems) assert.match(remedy, /npx factory lock tools/);
    });
  }

  it("reads what was rendered, and renders what was read, byte by byte", () => {
    const { data, problems } = readLock("packages.lock.json", renderLock(lock), "tools");
    assert.deepEqual(problems, []);
    assert.deepEqual(data, lock);
    assert.equal(renderLock(data ?? lock), renderLock(lock));
  });

  it("renders the same text whatever the order of keys and platforms", () => {
    const platforms = Object.fromEntries(
      Object.entries(lock.platforms)
        .reverse()
        .map(([platform, payloads]) => [
          platform,
          payloads.map((payload) => Object.fromEntries(Object.entries(payload).reverse())),
        ]),
    );
    assert.equal(renderLock({ ...lock, platforms } as unknown as PackagesLock), renderLock(lock));
  });

  for (const name of ["debian", "python", "node"]) {
    it(`reads the lock of bases/${name}, which is as factory lock renders it and names no host`, async () => {
      const text = await readFile(path.join(projectRoot, "bases", name, "packages.lock.json"), "utf8");
      const { data } = readLock("packages.lock.json", text, name);
      assert.ok(data !== undefined);
      assert.equal(renderLock(data), text);
      assert.doesNotMatch(text, /:\/\/|\.(org|com|net)\b/);
    });
  }
});
