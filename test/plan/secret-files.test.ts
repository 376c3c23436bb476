import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { formatPlace } from "../../domain/problems.js";
import { loadProject } from "../../domain/project/load.js";
import { testSettings } from "../support/settings.js";

const token = `ghp_${"a".repeat(36)}`;
const dockerfile = "FROM scratch\nCOPY app /app\nUSER 1000\n";
const key = "-----BEGIN EC PRIVATE KEY-----\nMHc=\n-----END EC PRIVATE KEY-----\n";

const rows: readonly (readonly [name: string, files: Readonly<Record<string, string>>, expected: readonly string[]])[] =
  [
    ["nothing", { "app/main.py": "print('hello')\n" }, []],
    ["a token, with its line", { "app/config.ini": `[npm]\ntoken = ${token}\n` }, ["images/web/app/config.ini:2"]],
    ["a private key", { "app/tls.key": key }, ["images/web/app/tls.key:1"]],
    ["none where the build does not take the file", { "app/main.py": "", ".env": `TOKEN=${token}\n` }, []],
    ["none where the file is ignored", { "app/.env": `TOKEN=${token}\n`, ".dockerignore": "**/.env\n" }, []],
    ["none that are large", { "app/data": `${token}\n${"x".repeat(70_000)}` }, []],
  ];

describe("files with secrets in what a build takes", () => {
  let root = "";
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "secret-files-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it("hold a token that a mixin brings, once for all that have it", async () => {
    const copy = "FROM scratch\nCOPY --from=factory.invalid/mixin/shared / /\nUSER 1000\n";
    const all = {
      "images/a/Dockerfile": copy,
      "images/b/Dockerfile": copy,
      "mixins/shared/rootfs/etc/x": `${token}\n`,
    };
    for (const [file, text] of Object.entries(all)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), text);
    }
    const { problems } = await loadProject(root, testSettings(), "2026-01-01");
    assert.deepEqual(
      problems.map(({ place }) => formatPlace(place)),
      ["mixins/shared/rootfs/etc/x:1"],
    );
  });

  for (const [name, files, expected] of rows) {
    it(`hold ${name}`, async () => {
      const all = { Dockerfile: dockerfile, ...files };
      for (const [path, text] of Object.entries(all)) {
        const file = join(root, "images/web", path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
      }
      const { problems } = await loadProject(root, testSettings(), "2026-01-01");
      const found = problems.filter(({ message }) => message.includes("looks like"));
      assert.deepEqual(
        found.map(({ place }) => formatPlace(place)),
        expected,
      );
      assert.ok(!JSON.stringify(problems).includes(token), "the token was shown");
    });
  }
});
