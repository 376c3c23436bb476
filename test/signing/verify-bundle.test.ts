import assert from "node:assert/strict";
import fc from "fast-check";
import { signStatement } from "../../provider/signing/sign-statement.js";
import { BundleError, type BundleFault, verifyBundle } from "../../provider/signing/verify-bundle.js";
import { newSigner } from "../registry-client/bundles.js";
import { statementOf } from "./statements.js";

type Json = Record<string, unknown>;

describe("verifying a bundle", () => {
  const [signer, other] = [newSigner(), newSigner()];
  const keys = [other.publicKeyPem, signer.publicKeyPem];
  const subject = `sha256:${"a".repeat(64)}`;
  const statement = statementOf("sbom", subject);
  let bundle: Buffer;

  before(async () => {
    bundle = await signStatement(statement, signer);
  });

  it("gives the statement", () => assert.deepEqual(verifyBundle(bundle, keys, subject), statement));

  it("gives any statement back as it was signed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (predicate) => {
        const given = { ...statement, predicate: JSON.parse(JSON.stringify(predicate)) };
        assert.deepEqual(verifyBundle(await signStatement(given, signer), keys, subject), given);
      }),
    );
  });

  /** The bundle with its envelope changed. */
  function changed(change: (envelope: Json, bundle: Json) => void): Buffer {
    const copy = JSON.parse(bundle.toString());
    change(copy.dsseEnvelope, copy);
    return Buffer.from(JSON.stringify(copy));
  }

  const payload = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64");
  const otherSubject = `sha256:${"b".repeat(64)}`;
  const rows: readonly (readonly [name: string, bytes: () => Buffer | Promise<Buffer>, fault: BundleFault])[] = [
    [
      "a changed predicate",
      () => changed((it) => Object.assign(it, { payload: payload({ ...statement, predicate: {} }) })),
      "bad-signature",
    ],
    ["another payload type", () => changed((it) => Object.assign(it, { payloadType: "text/plain" })), "bad-signature"],
    ["no signature", () => changed((it) => Object.assign(it, { signatures: [] })), "unreadable"],
    [
      "another key's signature under our hint",
      () => signStatement(statement, { ...newSigner(), keyId: signer.keyId }),
      "bad-signature",
    ],
    ["another key", () => signStatement(statement, newSigner()), "other-key"],
    ["another digest", () => signStatement(statementOf("sbom", otherSubject), signer), "other-subject"],
    ["a signed text that is no statement", () => signStatement({ hello: 1 } as never, signer), "unreadable"],
    ["no JSON", () => Buffer.from("hello"), "unreadable"],
    ["no bundle", () => Buffer.from("{}"), "unreadable"],
    [
      "a signature over bytes instead of a statement",
      () =>
        changed((_, it) => {
          const messageDigest = { algorithm: "SHA2_256", digest: "" };
          Object.assign(it, { messageSignature: { messageDigest, signature: "AA==" } });
          delete it.dsseEnvelope;
        }),
      "unreadable",
    ],
    [
      "a certificate instead of a key",
      () => changed((_, it) => Object.assign(it, { verificationMaterial: { certificate: { rawBytes: "AA==" } } })),
      "other-key",
    ],
  ];
  for (const [name, bytes, fault] of rows) {
    it(`refuses ${name}`, async () => {
      const given = await bytes();
      assert.throws(
        () => verifyBundle(given, keys, subject),
        (error: unknown) => {
          assert.ok(error instanceof BundleError, String(error));
          assert.equal(error.fault, fault, error.message);
          return true;
        },
      );
    });
  }

  it("accepts no byte of the payload or the signature flipped", () => {
    const { dsseEnvelope } = JSON.parse(bundle.toString());
    const signature = Buffer.from(dsseEnvelope.signatures[0].sig, "base64");
    const body = Buffer.from(dsseEnvelope.payload, "base64");
    const flips = fc.oneof(
      fc.record({ where: fc.constant("sig"), at: fc.nat(signature.length - 1), bit: fc.nat(7) }),
      fc.record({ where: fc.constant("payload"), at: fc.nat(body.length - 1), bit: fc.nat(7) }),
    );
    fc.assert(
      fc.property(flips, ({ where, at, bit }) => {
        const bytes = Buffer.from(where === "sig" ? signature : body);
        bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at);
        const text = bytes.toString("base64");
        const given = changed((it) =>
          Object.assign(it, where === "sig" ? { signatures: [{ sig: text }] } : { payload: text }),
        );
        assert.throws(() => verifyBundle(given, keys, subject), BundleError);
      }),
    );
  });
});
