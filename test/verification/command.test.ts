import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { valueOrThrow } from "../../domain/problems.js";
import { loadSettings } from "../../domain/settings/load.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { projectRoot } from "../../tools/project.js";
import { newSigner } from "../registry-client/bundles.js";
import { Registry } from "../support/oci.js";
import { useServices } from "../support/with-services.js";
import { type Making, makeImage, type ProvedImage } from "./proved-image.js";

interface Answer {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

describe("factory verify", () => {
  const services = useServices({ tools: ["crane"] });
  const signer = newSigner();
  let image: ProvedImage;
  let facts: Making["facts"];

  before(async () => {
    const { builderId, source } = valueOrThrow("the settings", await loadSettings(projectRoot, "local"));
    facts = { builderId, repository: source };
    const client = new RegistryClient(services().registry);
    const base = await makeImage(client, signer, { repository: `${services().registry}/base`, facts });
    image = await makeImage(client, signer, { repository: `${services().registry}/web`, materials: [base], facts });
    await new Registry(services()).crane("tag", `${image.repository}@${image.digest}`, "1.0.0");
  });

  function factory(...args: readonly string[]): Promise<Answer> {
    const program = path.join(projectRoot, "dist/cli/factory.js");
    return new Promise((resolve) => {
      execFile(process.execPath, [program, "verify", ...args], (error, out, said) => {
        resolve({ code: typeof error?.code === "number" ? error.code : 0, out, error: said });
      });
    });
  }

  function key(name: string, pem: string): readonly string[] {
    const folder = path.join(services().dataDir, "keys");
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, name), pem);
    return ["--key", path.join(folder, name)];
  }
  const own = () => key("own.pub", signer.publicKeyPem);

  it("prints every check and what the image was made from", async () => {
    const { code, out, error } = await factory(`${image.repository}:1.0.0`, ...own());
    assert.equal(code, 0, error + out);
    const [name = "", ...lines] = out.split("\n");
    assert.equal(name, `${image.repository}@${image.digest}`);
    assert.equal(lines.filter((line) => line.startsWith("  ok      ")).length, 14);
    assert.match(out, /^ {2}ok {6}linux\/arm64 tests {7}2 passed, native$/m);
    assert.match(
      out,
      /^made from\n {2}├─ git\+.*@c{40}\n {2}└─ .*\/base@sha256:[0-9a-f]{64}, by .*\/builders\/local\n {5}└─ git\+/m,
    );
  });

  it("prints JSON", async () => {
    const { code, out } = await factory(`${image.repository}@${image.digest}`, "--json", ...own());
    assert.equal(code, 0);
    const { digest, origin, checks } = JSON.parse(out);
    assert.equal(digest, image.digest);
    assert.equal(origin.builder, facts?.builderId);
    assert.ok(checks.every(({ failures }: { failures: readonly unknown[] }) => failures.length === 0));
  });

  it("does without the chain", async () => {
    const { code, out } = await factory(`${image.repository}:1.0.0`, "--no-chain", ...own());
    assert.equal(code, 0);
    assert.ok(!out.includes("made from"));
  });

  const refused: Readonly<Record<string, readonly [args: () => readonly string[], says: RegExp]>> = {
    "an image that another key signed": [
      () => [`${image.repository}:1.0.0`, ...key("other.pub", newSigner().publicKeyPem)],
      /FAILED {2}signature .*none of ours; allowed: /,
    ],
    "a tag that is not there": [
      () => [`${image.repository}:2.0.0`, ...own()],
      /the tag 2\.0\.0 could not be read: .*404/,
    ],
    "a name that is none": [() => ["NOT:A:NAME", ...own()], /"NOT:A:NAME" is no name of an image/],
    "a key that is none": [() => [`${image.repository}:1.0.0`, ...key("none.pub", "x")], /this is no public key/],
    "a registry that does not answer": [() => ["127.0.0.1:1/web:1", ...own()], /could not be read: /],
  };
  for (const [name, [args, says]] of Object.entries(refused)) {
    it(`refuses ${name}`, async () => {
      const { code, out, error } = await factory(...args());
      assert.equal(code, 1, error + out);
      assert.match(out + error, says);
    });
  }
});
