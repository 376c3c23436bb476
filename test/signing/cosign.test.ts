import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { type PredicateKind, predicateTypes } from "../../domain/evidence/predicates.js";
import { attach } from "../../provider/registry/attach.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { readBundles } from "../../provider/registry/referrers.js";
import { attest } from "../../provider/signing/attest.js";
import { ensureLocalKey } from "../../provider/signing/local-key.js";
import { openSigner } from "../../provider/signing/open-signer.js";
import { signStatement } from "../../provider/signing/sign-statement.js";
import type { Signer } from "../../provider/signing/signer.js";
import { verifyBundle } from "../../provider/signing/verify-bundle.js";
import { Cosign } from "../support/cosign.js";
import { pushSmallImage, type SmallImage } from "../support/small-image.js";
import { useServices } from "../support/with-services.js";
import { statementOf } from "./statements.js";

describe("stock cosign and we", () => {
  const services = useServices({ tools: ["crane", "cosign"] });
  let client: RegistryClient;
  let cosign: Cosign;
  let signer: Signer;
  let other: Signer;
  let keys: string;

  before(async () => {
    client = new RegistryClient(services().registry);
    cosign = new Cosign(services());
    keys = path.join(services().dataDir, "keys");
    await ensureLocalKey(keys);
    await ensureLocalKey(path.join(services().dataDir, "other"));
    signer = await openSigner("keys/cosign.key", { root: services().dataDir });
    other = await openSigner("other/cosign.key", { root: services().dataDir });
  });

  async function imageOf(name: string): Promise<{ repository: string; image: SmallImage; at: string }> {
    const repository = `${services().registry}/${name}`;
    const image = await pushSmallImage(client, repository, name);
    return { repository, image, at: `${repository}@${image.digest}` };
  }

  describe("what we sign", () => {
    let attested: Awaited<ReturnType<typeof imageOf>>;
    const kinds = ["signature", "sbom", "provenance", "scan", "tests"] as const;

    before(async () => {
      attested = await imageOf("attested");
      const { repository, image } = attested;
      const statements = kinds.map((kind) => statementOf(kind, image.digest));
      await attest(client, { repository, subject: image.digest, statements, signer });
    });

    it("is a signature to `cosign verify`", async () => {
      const accepted = await cosign.verify(attested.at, signer.publicKeyPem);
      assert.ok(accepted.some(({ critical }) => critical.type === predicateTypes.signature));
    });

    const types: readonly (readonly [type: string, kind: PredicateKind])[] = [
      ["spdxjson", "sbom"],
      ["slsaprovenance1", "provenance"],
      ["vuln", "scan"],
      [predicateTypes.tests, "tests"],
    ];
    for (const [type, kind] of types) {
      it(`is an attestation to \`cosign verify-attestation --type ${type}\``, async () => {
        const found = await cosign.verifyAttestation(attested.at, type, signer.publicKeyPem);
        assert.deepEqual(found, [statementOf(kind, attested.image.digest)]);
      });
    }

    it("is refused by cosign on another digest", async () => {
      const { repository, image, at } = await imageOf("moved");
      const statement = statementOf("signature", attested.image.digest);
      await attach(client, repository, image.digest, [await signStatement(statement, signer)]);
      await assert.rejects(cosign.verify(at, signer.publicKeyPem), /no matching|does not match/i);
    });

    it("is refused by cosign where a byte was changed", async () => {
      const { repository, image, at } = await imageOf("tampered");
      const bundle = JSON.parse((await signStatement(statementOf("sbom", image.digest), signer)).toString());
      const payload = Buffer.from(bundle.dsseEnvelope.payload, "base64").toString().replace("web", "wab");
      bundle.dsseEnvelope.payload = Buffer.from(payload).toString("base64");
      await attach(client, repository, image.digest, [Buffer.from(JSON.stringify(bundle))]);
      await assert.rejects(cosign.verifyAttestation(at, "spdxjson", signer.publicKeyPem), /failed to verify signature/);
    });

    it("is signed and written once, however often it is asked for", async () => {
      const { repository, image } = await imageOf("repeated");
      const statements = kinds.map((kind) => statementOf(kind, image.digest));
      const request = { repository, subject: image.digest, statements, signer };
      const first = await attest(client, request);
      const unable: Signer = { ...signer, sign: () => Promise.reject(new Error("signed again")) };
      assert.deepEqual(await attest(client, { ...request, signer: unable }), first);
    });

    it("is refused by cosign under another key", async () => {
      await assert.rejects(cosign.verify(attested.at, other.publicKeyPem), /no matching|invalid signature|failed/i);
    });
  });

  describe("what cosign signs with our key", () => {
    it("is verified by us, statement for statement", async () => {
      const { repository, image, at } = await imageOf("by-cosign");
      const password = (await readFile(path.join(keys, "cosign.password"), "utf8")).trim();
      const key = path.join(keys, "cosign.key");
      await cosign.sign(at, key, password);
      await cosign.attest(at, "spdxjson", { spdxVersion: "SPDX-2.3" }, key, password);
      await cosign.attest(
        at,
        "slsaprovenance1",
        statementOf("provenance", image.digest).predicate as object,
        key,
        password,
      );
      const bundles = await readBundles(client, repository, image.digest);
      const statements = bundles.map(({ bytes }) => verifyBundle(bytes, [signer.publicKeyPem], image.digest));
      assert.deepEqual(
        statements.map(({ predicateType }) => predicateType).sort(),
        [predicateTypes.signature, predicateTypes.provenance, predicateTypes.sbom].sort(),
      );
    });

    it("is replaced when we attest the same kind with that key", async () => {
      const { repository, image, at } = await imageOf("replaced");
      const password = (await readFile(path.join(keys, "cosign.password"), "utf8")).trim();
      await cosign.attest(at, "spdxjson", { spdxVersion: "SPDX-2.3" }, path.join(keys, "cosign.key"), password);
      const statements = [statementOf("sbom", image.digest)];
      const attested = await attest(client, { repository, subject: image.digest, statements, signer });
      const bundles = await readBundles(client, repository, image.digest);
      assert.deepEqual(
        bundles.map(({ digest }) => digest),
        attested,
      );
    });

    it("is signed with a key that we can use as well", async () => {
      const prefix = path.join(services().dataDir, "made-by-cosign");
      await cosign.generateKeyPair(prefix, "its password");
      const theirs = await openSigner(`${prefix}.key`, { root: "/", password: "its password" });
      assert.equal(theirs.publicKeyPem, await readFile(`${prefix}.pub`, "utf8"));
    });
  });
});
