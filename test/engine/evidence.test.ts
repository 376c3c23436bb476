import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import path from "node:path";
import { type PredicateKind, predicateTypes } from "../../domain/evidence/predicates.js";
import type { Statement } from "../../domain/evidence/types.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { readPlatforms } from "../../provider/registry/platforms.js";
import { listReferrers, readBundles } from "../../provider/registry/referrers.js";
import { attest } from "../../provider/signing/attest.js";
import { ensureLocalKey } from "../../provider/signing/local-key.js";
import { openSigner } from "../../provider/signing/open-signer.js";
import { Cosign } from "../support/cosign.js";
import { type Asked, FaultingProxy } from "../support/faulting-proxy.js";
import { Registry } from "../support/oci.js";
import { evidenceTools, TestProject } from "../support/project.js";
import { readRegistry } from "../support/registry-content.js";
import { trueProgram } from "../support/true-program.js";
import { useServices } from "../support/with-services.js";

describe("a project with evidence", () => {
  const services = useServices({ tools: [...evidenceTools, "cosign"] });
  let proxy: FaultingProxy;
  let project: TestProject;
  let registry: Registry;
  let client: RegistryClient;
  let digest: string;
  /** What was written to the registry, in the order of time. */
  let writes: Asked[] = [];

  before(async () => {
    proxy = await FaultingProxy.start(services().registry);
    proxy.fault = (asked) => {
      if (!["GET", "HEAD"].includes(asked.method)) writes.push(asked);
      return undefined;
    };
    registry = new Registry({ ...services(), registry: proxy.address });
    client = new RegistryClient(proxy.address, true);
    project = new TestProject({ ...services(), registry: proxy.address }, "proved", { evidence: true });
    project.write({
      "bases/base/Dockerfile": "FROM scratch\nCOPY true /true\nUSER 65532:65532\n",
      "bases/base/true": trueProgram(),
      "images/hello/Dockerfile": "FROM factory.invalid/base\nCOPY hello /hello\n",
      "images/hello/hello": "hello\n",
      "images/hello/test.yaml": testOf("hello"),
    });
    chmodSync(path.join(project.root, "bases/base/true"), 0o755);
    project.commit();
    const { code, images, troubles } = await project.up();
    assert.equal(code, 0, JSON.stringify(troubles, undefined, 2));
    assert.deepEqual(
      images.map(({ id, state, evidence }) => [id, state, evidence]),
      [
        ["base", "built", "6 tests, 0 high"],
        ["hello", "built", "8 tests, 0 high"],
      ],
    );
    digest = await registry.digest("hello:local");
  });

  after(() => proxy.stop());

  it("gives an image tags when all its evidence has been copied, and no other ones", async () => {
    const puts = writes.filter(({ method }) => method === "PUT").map((asked) => asked.path);
    const attached = puts.findLastIndex((it) => /^\/v2\/candidate\/hello\/manifests\/sha256-/.test(it));
    const copied = puts.findLastIndex((it) => /^\/v2\/hello\/manifests\/sha256[-:]/.test(it));
    const tagged = puts.findIndex((it) => /^\/v2\/hello\/manifests\/(?!sha256[-:])/.test(it));
    assert.ok(attached !== -1 && attached < copied && copied < tagged, puts.join("\n"));

    const fallbacks = (await subjects()).map((it) => it.replace(":", "-"));
    const tags = (await registry.tags("hello")).filter((tag) => !fallbacks.includes(tag));
    assert.deepEqual(
      tags.map((tag) => tag.replace(/^b-[0-9a-f]{16}$/, "b-<buildId>").replace(/^r-\w+-/, "r-<time>-")),
      ["b-<buildId>", "local", "r-<time>-local"],
    );
  });

  it("releases what is attached in quarantine: four things to each platform, three to the index", async () => {
    const counts: number[] = [];
    for (const subject of await subjects()) {
      const lists = await Promise.all(
        ["candidate/hello", "hello"].map((repository) => listReferrers(client, registry.at(repository), subject)),
      );
      const [quarantined, released] = lists.map((list) => list.map((it) => it.digest).sort());
      assert.deepEqual(released, quarantined);
      counts.push(released?.length ?? 0);
    }
    assert.deepEqual(counts, [3, 4, 4]);
  });

  it("is verified by stock cosign with the lines of the README", async () => {
    await verifyWithCosign();
  });

  it("does not change and writes nothing when nothing is new", async () => {
    writes = [];
    const { changed, code, images } = await project.up();
    assert.equal(code, 0);
    assert.deepEqual(changed, []);
    assert.deepEqual(writes, []);
    assert.deepEqual(
      images.map(({ state, evidence }) => [state, evidence]),
      [
        ["unchanged", "6 tests, 0 high"],
        ["unchanged", "8 tests, 0 high"],
      ],
    );
  });

  it("shows in a preview that a new exception makes new evidence, and that this is released", async () => {
    const exception = "{ id: CVE-2099-1001, images: [hello], reason: a test, owner: tests, expires: 2999-12-31 }";
    project.write({ "scan-exceptions.yaml": `exceptions:\n  - ${exception}\n` });
    assert.deepEqual((await project.preview()).changed, ["hello-evidence", "hello-release", "hello-verified"]);
    project.remove("scan-exceptions.yaml");
    assert.deepEqual((await project.preview()).changed, []);
  });

  interface Row {
    readonly name: string;
    readonly damage: () => Promise<void>;
    /** What the next up does. */
    readonly repaired: "proved" | "released";
  }

  const rows: readonly Row[] = [
    {
      name: "a signature that was deleted in quarantine",
      async damage() {
        await client.deleteManifest(registry.at("candidate/hello"), await attached("candidate/hello", "signature"));
      },
      repaired: "proved",
    },
    {
      name: "a signature that was deleted after the release",
      async damage() {
        await client.deleteManifest(registry.at("hello"), await attached("hello", "signature"));
      },
      repaired: "released",
    },
    {
      name: "a released image whose attestations are listed no more",
      async damage() {
        const list = await registry.digest(`hello:${digest.replace(":", "-")}`);
        await client.deleteManifest(registry.at("hello"), list);
      },
      repaired: "released",
    },
    {
      name: "an SBOM that was replaced by one that another key signed",
      async damage() {
        const repository = registry.at("candidate/hello");
        const bundles = await readBundles(client, repository, digest);
        const own = await attached("candidate/hello", "sbom");
        const statement = statementIn(bundles.find((bundle) => bundle.digest === own)?.bytes);
        await ensureLocalKey(path.join(services().dataDir, "stranger"));
        const signer = await openSigner("stranger/cosign.key", { root: services().dataDir });
        await client.deleteManifest(repository, own);
        await attest(client, { repository, subject: digest, statements: [statement], signer });
      },
      repaired: "proved",
    },
    {
      name: "a platform's manifest that was deleted after the release",
      async damage() {
        await client.deleteManifest(registry.at("hello"), (await subjects())[1] ?? "");
      },
      repaired: "released",
    },
  ];
  for (const { damage, name, repaired } of rows) {
    it(`sees in a refresh ${name}, and repairs it in the next up`, async () => {
      await damage();
      await project.refresh();
      const { code, images, troubles } = await project.up();
      assert.equal(code, 0, JSON.stringify(troubles, undefined, 2));
      assert.deepEqual(
        images.map(({ state }) => state),
        ["unchanged", repaired],
      );
      await verifyWithCosign();
      const { broken } = await readRegistry(services().registry);
      assert.deepEqual(broken, []);
    });
  }

  async function verifyWithCosign(): Promise<void> {
    const cosign = new Cosign(services());
    const key = ["--key", path.join(project.root, ".factory/keys/cosign.pub"), "--insecure-ignore-tlog"];
    const image = registry.at("hello");
    const signatures: readonly { readonly critical: { readonly type: string } }[] = JSON.parse(
      await cosign.cosign(["verify", ...key, `${image}:local`]),
    );
    assert.ok(signatures.some(({ critical }) => critical.type === predicateTypes.signature));
    for (const subject of await subjects()) {
      const types = subject === digest ? ["spdxjson", "slsaprovenance1"] : ["spdxjson", "slsaprovenance1", "vuln"];
      for (const type of types) {
        await cosign.cosign(["verify-attestation", ...key, "--type", type, `${image}@${subject}`]);
      }
    }
  }

  /** The manifest that attaches our statement of this kind to the index. */
  async function attached(repository: string, kind: PredicateKind): Promise<string> {
    const bundles = await readBundles(client, registry.at(repository), digest);
    const found = bundles.find(({ bytes }) => statementIn(bytes).predicateType === predicateTypes[kind]);
    assert.ok(found !== undefined);
    return found.digest;
  }

  /** Digests of the index and of its platforms. */
  async function subjects(): Promise<readonly string[]> {
    const platforms = await readPlatforms(client, registry.at("hello"), digest);
    return [digest, ...platforms.map((platform) => platform.digest)];
  }
});

function testOf(content: string): string {
  return `schemaVersion: "2.0.0"\nfileContentTests:\n  - { name: greets, path: /hello, expectedContents: [${content}] }\n`;
}

function statementIn(bundle: Buffer | undefined): Statement {
  return JSON.parse(Buffer.from(JSON.parse(String(bundle)).dsseEnvelope.payload, "base64").toString());
}
