import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ensureLocalKey } from "../../provider/signing/local-key.js";
import { openSigner } from "../../provider/signing/open-signer.js";

const run = promisify(execFile);

describe("the key of this machine", () => {
  let root: string;
  let keys: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "image-factory-local-key-"));
    keys = join(root, "data", "keys");
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it("is made once, for its owner only, and signs", async () => {
    assert.equal(await ensureLocalKey(keys), true);
    const made = readFileSync(join(keys, "cosign.key"), "utf8");
    assert.equal(await ensureLocalKey(keys), false);
    assert.equal(readFileSync(join(keys, "cosign.key"), "utf8"), made);
    assert.match(made, /^-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n/);
    const modes = ["", "cosign.key", "cosign.password"].map((name) => statSync(join(keys, name)).mode & 0o777);
    assert.deepEqual(modes, [0o700, 0o600, 0o600]);
    const { publicKeyPem } = await openSigner("data/keys/cosign.key", { root });
    assert.equal(publicKeyPem, readFileSync(join(keys, "cosign.pub"), "utf8"));
    assert.deepEqual(readdirSync(join(root, "data")), ["keys"]);
  });

  it("is one, when processes make it at once", async () => {
    const script = join(__dirname, "make-key.js");
    const said = await Promise.all([1, 2, 3, 4].map(() => run(process.execPath, [script, keys])));
    assert.deepEqual(said.map(({ stdout }) => stdout.trim()).sort(), ["false", "false", "false", "true"]);
    assert.deepEqual(readdirSync(join(root, "data")), ["keys"]);
    await openSigner("data/keys/cosign.key", { root });
  });

  it("is not made again beside what is left of one", async () => {
    await ensureLocalKey(keys);
    rmSync(join(keys, "cosign.key"));
    assert.equal(await ensureLocalKey(keys), false);
    await assert.rejects(openSigner("data/keys/cosign.key", { root }), /there is no such key/);
  });
});
