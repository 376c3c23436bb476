import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { type LoadOptions, loadCatalogue } from "../../domain/catalogue/load.js";
import { line, poolDigest } from "./fixtures.js";

const otherDigest = `sha256:${"b".repeat(64)}`;
const lockText = (digest: string) =>
  JSON.stringify({ schema: 1, request: "c".repeat(64), pool: { digest }, platforms: {} });

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
      "bases/debian/packages.yaml": "debian: { suite: trixie, packages: [libc6] }",
      "bases/debian/packages.lock.json": lockText(poolDigest),
      ".factory/locks/debian.lock.json": lockText(otherDigest),
    });
    const committed = { file: "bases/debian/packages.lock.json", poolDigest, overlay: false };
    const overlay = { file: ".factory/locks/debian.lock.json", poolDigest: otherDigest, overlay: true };
    assert.deepEqual((await load()).images[0]?.lock, committed);
    assert.deepEqual((await load({ development: true })).images[0]?.lock, overlay);
  });

  it("names what is wrong with files and folders", async () => {
    write({
      "bases/empty/README.md": "",
      "bases/debian/Dockerfile": "",
      "bases/debian/packages.yaml": "",
      "images/web/Dockerfile": "",
      "images/web/image.yaml": "owner: a\nrunner: gpuu\n",
    });
    symlinkSync(join(root, "images/web"), join(root, "images/link"));
    assert.deepEqual((await load()).problems, [
      "images/link: a symbolic link: an image's folder has to lie here itself, because it is the build context. | Move the folder here, or remove the link.",
      "bases/debian/packages.yaml: packages are named here, but there is no packages.lock.json. | Run `npx factory lock debian`.",
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
