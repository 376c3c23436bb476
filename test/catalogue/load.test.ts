import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { type LoadOptions, loadCatalogue } from "../../domain/catalogue/load.js";
import { lockRequestHash } from "../../domain/lock/request.js";
import { line, poolDigest } from "./fixtures.js";

const otherDigest = `sha256:${"b".repeat(64)}`;
const packagesYaml = "debian: { suite: trixie, packages: [libc6] }\n";
const request = lockRequestHash({ debian: { suite: "trixie", packages: ["libc6"] } });

function lockText(digest: string, madeFrom = request): string {
  return JSON.stringify({ schema: 1, request: madeFrom, pool: { digest }, platforms: {} });
}

describe("the catalogue of real folders", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "catalogue-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  }

  async function load(options?: LoadOptions) {
    const { value, problems } = await loadCatalogue(root, options);
    return { images: value.images, value, problems: problems.map(line) };
  }

  it("holds bases and images, sorted, and nothing hidden and no file", async () => {
    write({
      "images/web/Dockerfile": "FROM scratch\n",
      "images/api/Dockerfile": "FROM scratch\n",
      "images/README.md": "",
      "images/.draft/image.yaml": "zzz",
      "bases/python/Dockerfile": "FROM scratch\r\n",
      "bases/python/image.yaml": "\ufeffrunner: gpu\r\nowner: a\r\n",
    });
    const { images, problems } = await load();
    assert.deepEqual(problems, []);
    assert.deepEqual(
      images.map(({ directory, runner }) => [directory, runner]),
      [
        ["images/api", "cpu"],
        ["bases/python", "gpu"],
        ["images/web", "cpu"],
      ],
    );
  });

  it("takes the stack's platforms where nothing else is said", async () => {
    write({
      "bases/a/Dockerfile": "",
      "bases/b/Dockerfile": "",
      "bases/b/image.yaml": "platforms: [linux/s390x]",
    });
    const platforms = ["linux/arm64"];
    assert.deepEqual(
      (await load({ platforms })).images.map((image) => image.platforms),
      [["linux/arm64"], ["linux/s390x"]],
    );
    write({ "images.yaml": "defaults: { platforms: [linux/amd64] }" });
    assert.deepEqual(
      (await load({ platforms })).images.map((image) => image.platforms),
      [["linux/amd64"], ["linux/s390x"]],
    );
  });

  it("takes an overlay lock in development only", async () => {
    write({
      "bases/debian/Dockerfile": "",
      "bases/debian/packages.yaml": packagesYaml,
      "bases/debian/packages.lock.json": lockText(poolDigest),
      ".factory/locks/debian.lock.json": lockText(otherDigest),
    });
    const committed = { file: "bases/debian/packages.lock.json", poolDigest, overlay: false };
    const overlay = { file: ".factory/locks/debian.lock.json", poolDigest: otherDigest, overlay: true };
    assert.deepEqual((await load()).images[0]?.lock, committed);
    assert.deepEqual((await load({ development: true })).images[0]?.lock, overlay);
  });

  const stale = "the lock is out of date: packages.yaml";
  const again = (name: string) => `Run \`npx factory lock ${name}\``;
  const bad: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
    [
      "a lock made from something else",
      { "bases/debian/packages.lock.json": lockText(poolDigest, "d".repeat(64)) },
      [
        `bases/debian/packages.yaml: ${stale} has changed since bases/debian/packages.lock.json was written. | ${again("debian")} and commit what it writes.`,
      ],
    ],
    [
      "a lock whose parent's lock has changed",
      {
        "bases/debian/packages.lock.json": lockText(poolDigest),
        "bases/python/Dockerfile": "",
        "bases/python/packages.yaml": "extends: debian\ndebian: { suite: trixie, packages: [python3] }\n",
        "bases/python/packages.lock.json": lockText(otherDigest, "d".repeat(64)),
      },
      [
        `bases/python/packages.yaml: ${stale}, or the lock of debian, has changed since bases/python/packages.lock.json was written. | ${again("python")} and commit what it writes.`,
      ],
    ],
    [
      "a lock in the middle of a merge",
      { "bases/debian/packages.lock.json": `{\n<<<<<<< HEAD\n  "schema": 1\n` },
      [
        `bases/debian/packages.lock.json:4: this is not YAML at column 1: unexpected end of the stream within a flow collection. | ${again("debian")}, which writes it anew.`,
      ],
    ],
    [
      "a packages.yaml that is not understood, and no more than that of what extends it",
      {
        "bases/debian/packages.yaml": "debian: { suite: trixie, package: [libc6] }\n",
        "bases/debian/packages.lock.json": lockText(poolDigest),
        "bases/python/Dockerfile": "",
        "bases/python/packages.yaml": "extends: debian\ndebian: { suite: trixie, packages: [python3] }\n",
        "bases/python/packages.lock.json": lockText(otherDigest, "d".repeat(64)),
      },
      [
        'bases/debian/packages.yaml:1: debian.packages is missing. | Write a list of package names, e.g. ["libc6"].',
        'bases/debian/packages.yaml:1: unknown key "package" in debian. | Did you mean "packages"? Allowed keys: suite, packages, without.',
      ],
    ],
    [
      "an unknown parent",
      {
        "bases/debian/packages.yaml": `extends: debain\n${packagesYaml}`,
        "bases/debian/packages.lock.json": lockText(
          poolDigest,
          lockRequestHash({ extends: "debain", debian: { suite: "trixie", packages: ["libc6"] } }),
        ),
      },
      [
        'bases/debian/packages.yaml:1: extends "debain", which has no packages.yaml. | Folders with a packages.yaml: none.',
      ],
    ],
  ];
  for (const [name, files, expected] of bad) {
    it(`refuses ${name}`, async () => {
      write({ "bases/debian/Dockerfile": "", "bases/debian/packages.yaml": packagesYaml, ...files });
      assert.deepEqual((await load()).problems, expected);
    });
  }

  it("names what is wrong with files and folders", async () => {
    write({
      "bases/empty/README.md": "",
      "bases/debian/Dockerfile": "",
      "bases/debian/packages.yaml": packagesYaml,
      "images/web/Dockerfile": "",
      "images/web/image.yaml": "owner: a\nrunner: gpuu\n",
    });
    symlinkSync(join(root, "images/web"), join(root, "images/link"));
    assert.deepEqual((await load()).problems, [
      "images/link: a symbolic link: an image's folder has to lie here itself, because it is the build context. | Move the folder here, or remove the link.",
      "bases/debian/packages.yaml: packages are asked for, but bases/debian/packages.lock.json does not exist. | Run `npx factory lock debian` and commit what it writes.",
      "bases/empty: there is no Dockerfile in this folder. | Add bases/empty/Dockerfile, or remove the folder.",
      'images/web/image.yaml:2: runner is "gpuu", which is not allowed. | Did you mean "gpu"? Allowed: cpu, gpu.',
    ]);
  });

  it("says where there is none at all", async () => {
    assert.deepEqual((await load()).problems, [
      ".: there is no catalogue here: neither bases/, images/ nor images.yaml exists. | Run this in the project's root, or make a folder: `npx factory new image NAME`.",
    ]);
  });

  it("may be empty", async () => {
    write({ "images.yaml": "" });
    assert.deepEqual((await load()).problems, []);
  });

  it("reads a thousand folders", async () => {
    for (let index = 0; index < 1000; index++) write({ [`images/image-${index}/Dockerfile`]: "FROM scratch\n" });
    assert.equal((await load()).images.length, 1000);
  });
});

describe("images.yaml of this project", () => {
  it("has no problem", async () => {
    const { problems } = await loadCatalogue(resolve(__dirname, "../../.."));
    assert.deepEqual(problems.filter(({ place }) => place.file === "images.yaml").map(line), []);
  });
});
