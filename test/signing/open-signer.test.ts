import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProblemsError } from "../../domain/problems.js";
import { encryptKey } from "../../provider/signing/encrypted-key.js";
import { openSigner } from "../../provider/signing/open-signer.js";

describe("a key in a file", () => {
  const { COSIGN_PASSWORD } = process.env;
  const pair = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const der = pair.privateKey.export({ type: "pkcs8", format: "der" });
  const pem = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const password = "correct horse";
  let encrypted: string;
  let root: string;

  before(async () => {
    encrypted = await encryptKey(der, password);
  });
  beforeEach(() => {
    delete process.env.COSIGN_PASSWORD;
    root = mkdtempSync(join(tmpdir(), "image-factory-keys-"));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
    if (COSIGN_PASSWORD === undefined) delete process.env.COSIGN_PASSWORD;
    else process.env.COSIGN_PASSWORD = COSIGN_PASSWORD;
  });

  function write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  }

  const ways: readonly (readonly [name: string, prepare: () => string | undefined])[] = [
    ["that is not encrypted", () => void write({ "cosign.key": pem })],
    ["with its password beside it", () => void write({ "cosign.key": encrypted, "cosign.password": `${password}\n` })],
    [
      "with its password in the environment, rather than beside it",
      () => {
        write({ "cosign.key": encrypted, "cosign.password": "wrong" });
        process.env.COSIGN_PASSWORD = password;
        return undefined;
      },
    ],
    [
      "with a password that the caller gives, rather than any other",
      () => {
        write({ "cosign.key": encrypted });
        process.env.COSIGN_PASSWORD = "wrong";
        return password;
      },
    ],
    [
      "of an older cosign",
      () => void write({ "cosign.key": encrypted.replaceAll("SIGSTORE", "COSIGN"), "cosign.password": password }),
    ],
  ];
  for (const [name, prepare] of ways) {
    it(`signs ${name}`, async () => {
      const given = prepare();
      const signer = await openSigner("cosign.key", { root, ...(given === undefined ? {} : { password: given }) });
      const bytes = Buffer.from("something");
      assert.ok(verify("sha256", bytes, createPublicKey(signer.publicKeyPem), await signer.sign(bytes)));
      assert.equal(signer.publicKeyPem, pair.publicKey.export({ type: "spki", format: "pem" }));
    });
  }

  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" });
  const damaged = () => encrypted.replace(/\n[A-Za-z0-9+/]{8}/, "\nAAAAAAAA");
  const flipped = () => {
    const body = encrypted.split("\n").slice(1, -2).join("");
    const data = JSON.parse(Buffer.from(body, "base64").toString());
    const ciphertext = Buffer.from(data.ciphertext, "base64");
    ciphertext.writeUInt8(ciphertext.readUInt8(20) ^ 1, 20);
    const text = JSON.stringify({ ...data, ciphertext: ciphertext.toString("base64") });
    return `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n${Buffer.from(text).toString("base64")}\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n`;
  };
  const costly = () => {
    const body = encrypted.split("\n").slice(1, -2).join("");
    const text = Buffer.from(body, "base64").toString().replace('"N":65536', '"N":1073741824');
    return `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n${Buffer.from(text).toString("base64")}\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n`;
  };
  const wrong: readonly (readonly [
    name: string,
    reference: string,
    files: () => Record<string, string>,
    message: RegExp,
  ])[] = [
    ["no file", "cosign.key", () => ({}), /cosign\.key: there is no such key\.\n.*cosign generate-key-pair/],
    ["a folder", ".", () => ({}), /\.: the key cannot be read\./],
    [
      "no password",
      "cosign.key",
      () => ({ "cosign.key": encrypted }),
      /there is none for it\.\n.*COSIGN_PASSWORD.*cosign\.password/,
    ],
    [
      "a wrong password",
      "cosign.key",
      () => ({ "cosign.key": encrypted, "cosign.password": "wrong" }),
      /the password of cosign\.password does not open it/,
    ],
    [
      "a byte flipped",
      "cosign.key",
      () => ({ "cosign.key": flipped(), "cosign.password": password }),
      /does not open it/,
    ],
    [
      "damaged text",
      "cosign.key",
      () => ({ "cosign.key": damaged(), "cosign.password": password }),
      /this is no private key/,
    ],
    [
      "work for hours",
      "cosign.key",
      () => ({ "cosign.key": costly(), "cosign.password": password }),
      /this is no private key/,
    ],
    ["no key", "cosign.key", () => ({ "cosign.key": "hello" }), /this is no private key/],
    ["a key of another kind", "cosign.key", () => ({ "cosign.key": String(rsa) }), /a key of type rsa; ECDSA on P-256/],
    [
      "an unknown scheme",
      "gcpkms://projects/x",
      () => ({}),
      /"gcpkms:\/\/" is not known here; a file and awskms:\/\/ are/,
    ],
  ];
  for (const [name, reference, files, message] of wrong) {
    it(`is refused with ${name}, and nothing of it is told`, async () => {
      write(files());
      await assert.rejects(openSigner(reference, { root }), (error: unknown) => {
        assert.ok(error instanceof ProblemsError, String(error));
        assert.match(error.message, message);
        for (const secret of [password, "wrong", ...encrypted.split("\n").slice(1, 3)]) {
          assert.ok(!error.message.replace("a wrong", "").includes(secret));
        }
        return true;
      });
    });
  }
});
