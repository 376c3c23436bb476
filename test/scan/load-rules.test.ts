import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { loadCatalogue } from "../../domain/catalogue/load.js";
import { loadScanRules } from "../../domain/scan/load-rules.js";
import { testSettings } from "../support/settings.js";

const vex = JSON.stringify({
  "@context": "https://openvex.dev/ns/v0.2.0",
  author: "security@example.com",
  statements: [{ vulnerability: { name: "CVE-2099-1" }, status: "fixed" }],
});

describe("the rules that excuse findings", () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), "factory-scan-rules-test-"));
    write("images/web/Dockerfile", "FROM scratch\n");
    write("images/web/image.yaml", "variants: { dev: { target: dev } }\n");
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function write(file: string, text: string): void {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }

  const load = async () => loadScanRules(root, (await loadCatalogue(root, testSettings())).value.images);

  it("are none where there are no files", async () => {
    assert.deepEqual(await load(), { value: { exceptions: [], vex: [] }, problems: [] });
  });

  it("come from the root, the folder vex and the images' folders", async () => {
    write("scan-exceptions.yaml", "exceptions:\n  - { id: CVE-1, reason: x, owner: y, expires: 2026-12-31 }\n");
    write("vex/all.openvex.json", vex);
    write("images/web/own.openvex.json", vex);
    const { value, problems } = await load();
    assert.deepEqual(problems, []);
    assert.equal(value.exceptions.length, 1);
    assert.deepEqual(
      value.vex.map(({ file, images }) => [file, images]),
      [
        ["vex/all.openvex.json", undefined],
        ["images/web/own.openvex.json", ["web", "web-dev"]],
      ],
    );
  });

  it("name images that exist", async () => {
    const entry = "{ id: CVE-1, images: [wep], reason: x, owner: y, expires: 2026-12-31 }";
    write("scan-exceptions.yaml", `exceptions:\n  - ${entry}\n`);
    assert.deepEqual((await load()).problems, [
      {
        place: { file: "scan-exceptions.yaml", line: 2 },
        message: 'there is no image "wep".',
        remedy: 'Did you mean "web"? Known images: web, web-dev.',
      },
    ]);
  });

  it("tell a damaged document once", async () => {
    write("images/web/own.openvex.json", "{");
    assert.equal((await load()).problems.length, 1);
  });
});
