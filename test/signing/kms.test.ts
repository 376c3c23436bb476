import assert from "node:assert/strict";
import { CreateAliasCommand, CreateKeyCommand, type KeySpec, KMSClient } from "@aws-sdk/client-kms";
import { predicateTypes } from "../../domain/evidence/predicates.js";
import { ProblemsError } from "../../domain/problems.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { readBundles } from "../../provider/registry/referrers.js";
import { attest } from "../../provider/signing/attest.js";
import { parseKmsReference } from "../../provider/signing/kms-reference.js";
import { openSigner } from "../../provider/signing/open-signer.js";
import { verifyBundle } from "../../provider/signing/verify-bundle.js";
import { Cosign } from "../support/cosign.js";
import { Moto } from "../support/moto.js";
import { pushSmallImage } from "../support/small-image.js";
import { useServices } from "../support/with-services.js";
import { statementOf } from "./statements.js";

describe("the name of a key in KMS", () => {
  const id = "1234abcd-12ab-34cd-56ef-1234567890ab";
  const arn = "arn:aws:kms:us-east-2:111122223333";
  const rows: readonly (readonly [reference: string, parsed: ReturnType<typeof parseKmsReference>])[] = [
    ["awskms:///alias/image-factory", { keyId: "alias/image-factory" }],
    [`awskms:///${id}`, { keyId: id }],
    [`awskms:///mrk-${id}`, { keyId: `mrk-${id}` }],
    [`awskms:///${arn}:key/${id}`, { keyId: `${arn}:key/${id}`, region: "us-east-2" }],
    [`awskms:///${arn}:alias/a/b`, { keyId: `${arn}:alias/a/b`, region: "us-east-2" }],
    ["awskms://localhost:4566/alias/x", { keyId: "alias/x", endpoint: "localhost:4566" }],
    ["awskms:///", undefined],
    ["awskms:///image-factory", undefined],
    ["awskms://alias/x", undefined],
    ["awskms:///alias/", undefined],
    [`awskms:///${arn}:role/x`, undefined],
  ];
  for (const [reference, parsed] of rows) {
    it(`${reference} is ${parsed === undefined ? "refused" : "read as cosign reads it"}`, () =>
      assert.deepEqual(parseKmsReference(reference), parsed));
  }
});

describe("a key in KMS", () => {
  const services = useServices({ tools: ["crane", "cosign"] });
  const environment = { ...process.env };
  let moto: Moto;

  before(async () => {
    moto = await Moto.start();
    Object.assign(process.env, moto.env);
    await makeKey("image-factory", "ECC_NIST_P256");
    await makeKey("rsa", "RSA_2048");
  });
  after(async () => {
    process.env = environment;
    await moto.stop();
  });

  async function makeKey(alias: string, KeySpec: KeySpec): Promise<void> {
    const kms = new KMSClient({});
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ KeySpec, KeyUsage: "SIGN_VERIFY" }));
    await kms.send(new CreateAliasCommand({ AliasName: `alias/${alias}`, TargetKeyId: KeyMetadata?.KeyId }));
  }

  it("signs what stock cosign verifies, by the public key and by the same name", async () => {
    const client = new RegistryClient(services().registry);
    const cosign = new Cosign(services());
    const repository = `${services().registry}/kms`;
    const { digest } = await pushSmallImage(client, repository, "kms");
    const signer = await openSigner("awskms:///alias/image-factory", { root: "/" });
    const statements = [statementOf("signature", digest), statementOf("sbom", digest)];
    await attest(client, { repository, subject: digest, statements, signer });
    const at = `${repository}@${digest}`;
    const accepted = await cosign.verify(at, signer.publicKeyPem);
    assert.ok(accepted.some(({ critical }) => critical.type === predicateTypes.signature));
    const flags = ["--insecure-ignore-tlog", "--allow-http-registry", "--type", "spdxjson"];
    await cosign.cosign(["verify-attestation", ...flags, "--key", "awskms:///alias/image-factory", at]);
  });

  it("signs by cosign what we verify", async () => {
    const client = new RegistryClient(services().registry);
    const repository = `${services().registry}/kms-cosign`;
    const { digest } = await pushSmallImage(client, repository, "kms-cosign");
    await new Cosign(services()).sign(`${repository}@${digest}`, "awskms:///alias/image-factory", "");
    const { publicKeyPem } = await openSigner("awskms:///alias/image-factory", { root: "/" });
    const [bundle] = await readBundles(client, repository, digest);
    const statement = verifyBundle(bundle?.bytes ?? Buffer.alloc(0), [publicKeyPem], digest);
    assert.equal(statement.predicateType, predicateTypes.signature);
  });

  const wrong: readonly (readonly [name: string, reference: string, message: RegExp])[] = [
    [
      "is not there",
      "awskms:///alias/nowhere",
      /alias\/nowhere: reading the public key failed \(NotFoundException: .*\n.*Correct the name/,
    ],
    [
      "is of another kind",
      "awskms:///alias/rsa",
      /this is a key of type rsa; ECDSA on P-256 signs here\.\n.*ECC_NIST_P256/,
    ],
    ["is named wrongly", "awskms:///image-factory", /this names no key of AWS KMS\.\n.*awskms:\/\/\/alias\/NAME/],
  ];
  for (const [name, reference, message] of wrong) {
    it(`says so when it ${name}`, async () => {
      await assert.rejects(openSigner(reference, { root: "/" }), (error: unknown) => {
        assert.ok(error instanceof ProblemsError, String(error));
        assert.match(error.message, message);
        return true;
      });
    });
  }
});
