import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { predicateTypes } from "../../domain/evidence/predicates.js";
import { attach } from "../../provider/registry/attach.js";
import { labelOf } from "../../provider/registry/bundle-manifest.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { contentOf, type Descriptor, jsonContent, mediaTypes } from "../../provider/registry/descriptor.js";
import { fallbackTag, isBundle, listReferrers, readBundles } from "../../provider/registry/referrers.js";
import { RegistryError } from "../../provider/registry/registry-error.js";
import { type Asked, type Fault, FaultingProxy } from "../support/faulting-proxy.js";
import { ReferrersRegistry } from "../support/referrers-registry.js";
import { pushSmallImage } from "../support/small-image.js";
import { useServices } from "../support/with-services.js";
import { bundleOf, newSigner } from "./bundles.js";

const run = promisify(execFile);
const { sbom, scan, provenance } = predicateTypes;

describe("attaching bundles", () => {
  const services = useServices({ tools: ["crane"] });
  const signer = newSigner();
  let withApi: ReferrersRegistry;

  before(async () => {
    withApi = await ReferrersRegistry.start();
  });
  after(() => withApi.stop());

  const registries: readonly (readonly [name: string, address: () => string])[] = [
    ["a registry with the referrers API", () => withApi.address],
    ["a registry without it", () => services().registry],
  ];
  for (const [registry, address] of registries) {
    describe(`to ${registry}`, () => {
      let proxy: FaultingProxy;
      let client: RegistryClient;
      let written: Asked[];

      before(async () => {
        proxy = await FaultingProxy.start(address());
        client = new RegistryClient(proxy.address);
      });
      after(() => proxy.stop());
      beforeEach(() => {
        written = [];
        proxy.fault = (asked) => {
          if (asked.method !== "GET" && asked.method !== "HEAD") written.push(asked);
          return undefined;
        };
      });

      async function subjectIn(name: string) {
        const repository = `${proxy.address}/${name}`;
        const { digest } = await pushSmallImage(client, repository, name);
        written = [];
        return { repository, digest };
      }

      async function kindsAt(repository: string, digest: string): Promise<readonly string[]> {
        const bundles = await readBundles(client, repository, digest);
        return bundles.map(({ bytes }) => labelOf(bytes)?.predicateType ?? "").sort();
      }

      it("lists each with its kind, as cosign does", async () => {
        const { repository, digest } = await subjectIn("listed");
        const bundles = [await bundleOf(signer, digest, sbom), await bundleOf(signer, digest, scan)];
        const attached = await attach(client, repository, digest, bundles);
        const listed = await listReferrers(client, repository, digest);
        assert.deepEqual(listed.map((entry) => entry.digest).sort(), [...attached].sort());
        const first = listed.find((entry) => entry.digest === attached[0]);
        assert.ok(first !== undefined && isBundle(first));
        assert.equal(first.annotations?.["dev.sigstore.bundle.predicateType"], sbom);
        assert.equal(first.annotations?.["dev.sigstore.bundle.content"], "dsse-envelope");
      });

      it("gives back the bytes", async () => {
        const { repository, digest } = await subjectIn("bytes");
        const bundle = await bundleOf(signer, digest, sbom);
        const [manifest] = await attach(client, repository, digest, [bundle]);
        assert.deepEqual(await readBundles(client, repository, digest), [{ digest: manifest, bytes: bundle }]);
      });

      it("writes nothing when all is there", async () => {
        const { repository, digest } = await subjectIn("again");
        const bundles = [await bundleOf(signer, digest, sbom), await bundleOf(signer, digest, scan)];
        const attached = await attach(client, repository, digest, bundles);
        written = [];
        assert.deepEqual(await attach(client, repository, digest, bundles), attached);
        assert.deepEqual(written, []);
      });

      it("makes a manifest again that was deleted, though it is listed", async () => {
        const { repository, digest } = await subjectIn("deleted");
        const bundles = [await bundleOf(signer, digest, sbom)];
        const [manifest = ""] = await attach(client, repository, digest, bundles);
        await client.deleteManifest(repository, manifest);
        assert.deepEqual(await kindsAt(repository, digest), []);
        await attach(client, repository, digest, bundles);
        assert.deepEqual(await kindsAt(repository, digest), [sbom]);
      });

      it("replaces what the same key said before about the same, and nothing of others", async () => {
        const { repository, digest } = await subjectIn("replaced");
        const [mine, stranger] = [newSigner(), newSigner()];
        const kept = [await bundleOf(mine, digest, scan), await bundleOf(stranger, digest, sbom)];
        for (const bundle of [...kept, await bundleOf(mine, digest, sbom, { version: 1 })]) {
          await attach(client, repository, digest, [bundle]);
        }
        const newer = await bundleOf(mine, digest, sbom, { version: 2 });
        await attach(client, repository, digest, [newer]);
        const found = await readBundles(client, repository, digest);
        const texts = found.map(({ bytes }) => bytes.toString());
        assert.deepEqual(texts.sort(), [...kept, newer].map(String).sort());
      });

      it("keeps two of one kind that come together", async () => {
        const { repository, digest } = await subjectIn("together");
        const two = [
          await bundleOf(signer, digest, scan, { by: "a" }),
          await bundleOf(signer, digest, scan, { by: "b" }),
        ];
        await attach(client, repository, digest, two);
        assert.deepEqual(await kindsAt(repository, digest), [scan, scan]);
      });

      it("refuses a subject that is not there, and says which", async () => {
        const { repository } = await subjectIn("missing");
        const missing = `sha256:${"0".repeat(64)}`;
        const bundle = await bundleOf(signer, missing, sbom);
        await assert.rejects(attach(client, repository, missing, [bundle]), (error: unknown) => {
          assert.ok(error instanceof RegistryError && error.notFound);
          assert.match(error.message, new RegExp(`${repository}: the subject ${missing} could not be read: `));
          return true;
        });
      });

      it("refuses bytes that are no bundle, before anything is written", async () => {
        const { repository, digest } = await subjectIn("garbage");
        await assert.rejects(attach(client, repository, digest, [Buffer.from("{}")]), /no bundle/);
        assert.deepEqual(written, []);
      });

      const faults: readonly (readonly [name: string, hit: (asked: Asked) => boolean, fault: Fault])[] = [
        ["in the middle of a blob", ({ method, path }) => method === "PUT" && path.includes("/blobs/uploads/"), "cut"],
        ["before a blob", ({ method }) => method === "POST", "reset"],
        ["before a manifest", ({ method, path }) => method === "PUT" && /\/manifests\/sha256:/.test(path), "reset"],
      ];
      for (const [name, hit, fault] of faults) {
        it(`lists nothing when the connection keeps breaking ${name}, and all the next time`, async () => {
          const { repository, digest } = await subjectIn(`broken-${faults.findIndex(([other]) => other === name)}`);
          const bundles = [await bundleOf(signer, digest, sbom), await bundleOf(signer, digest, scan)];
          proxy.fault = (asked) => (hit(asked) ? fault : undefined);
          await assert.rejects(attach(client, repository, digest, bundles), (error: unknown) => {
            assert.ok(error instanceof RegistryError, String(error));
            assert.match(
              error.message,
              new RegExp(`^${repository}: the \\S+ \\S+ could not be pushed: .*\\. Check that `),
            );
            return true;
          });
          proxy.fault = () => undefined;
          assert.deepEqual(await listReferrers(client, repository, digest), []);
          await attach(client, repository, digest, bundles);
          assert.deepEqual(await kindsAt(repository, digest), [sbom, scan].sort());
        });
      }

      it("is at an end when it fails: nothing is written after", async () => {
        const { repository, digest } = await subjectIn("ended");
        const [first, second] = [await bundleOf(signer, digest, sbom), await bundleOf(signer, digest, scan)];
        const other = new RegistryClient(proxy.address);
        const put = other.putBlob.bind(other);
        let refuse = () => {};
        const refused = new Promise<void>((resolve) => {
          refuse = resolve;
        });
        let open = 0;
        other.putBlob = async (...args) => {
          open += 1;
          try {
            if (args[1].bytes.equals(second)) await refused;
            if (!args[1].bytes.equals(first)) return await put(...args);
            refuse();
            throw new Error("no room");
          } finally {
            open -= 1;
          }
        };
        await assert.rejects(attach(other, repository, digest, [first, second]), /no room/);
        assert.equal(open, 0);
      });

      it("gets over a connection that breaks once at each step", async () => {
        const { repository, digest } = await subjectIn("passing");
        const seen = new Set<string>();
        proxy.fault = ({ method, path }) => {
          const step = `${method} ${path.replace(/(uploads|blobs|manifests|referrers)\/.*/, "$1")}`;
          if (seen.has(step)) return undefined;
          seen.add(step);
          return path.includes("/uploads/") && method === "PUT" ? "cut" : "reset";
        };
        await attach(client, repository, digest, [await bundleOf(signer, digest, sbom)]);
        assert.deepEqual(await kindsAt(repository, digest), [sbom]);
      });

      it("loses nothing of two processes that write at once", async () => {
        const repository = `${address()}/two-processes`;
        const { digest } = await pushSmallImage(new RegistryClient(address()), repository, "two");
        const loop = join(__dirname, "attach-loop.js");
        const count = 12;
        await Promise.all(
          ["a", "b", "c"].map((name) => run(process.execPath, [loop, repository, digest, name, String(count)])),
        );
        const found = await readBundles(new RegistryClient(address()), repository, digest);
        const wanted = ["a", "b", "c"].flatMap((name) =>
          Array.from({ length: count }, (_, index) => `https://example.com/${name}/${index}`),
        );
        assert.deepEqual(found.map(({ bytes }) => labelOf(bytes)?.predicateType).sort(), wanted.sort());
      });
    });
  }

  describe("by the tag of a registry without the API", () => {
    let client: RegistryClient;
    let repository: string;
    let digest: string;

    beforeEach(async function () {
      client = new RegistryClient(services().registry);
      repository = `${services().registry}/by-tag`;
      ({ digest } = await pushSmallImage(client, repository, this.currentTest?.title ?? ""));
    });

    /** Runs once, after the next write of the tag. */
    function afterWriting(work: () => Promise<void>): void {
      const put = client.putManifest.bind(client);
      client.putManifest = async (...args) => {
        await put(...args);
        if (args[2] !== fallbackTag(digest)) return;
        client.putManifest = put;
        await work();
      };
    }

    async function writeTag(manifests: readonly Descriptor[]): Promise<void> {
      const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests };
      await client.putManifest(repository, jsonContent(mediaTypes.index, index), fallbackTag(digest));
    }

    async function strangersManifest(): Promise<Descriptor> {
      const config = contentOf("application/vnd.example", Buffer.from("{}"));
      await client.putBlob(repository, config);
      const manifest = jsonContent(mediaTypes.manifest, {
        schemaVersion: 2,
        mediaType: mediaTypes.manifest,
        config: config.descriptor,
        layers: [],
      });
      await client.putManifest(repository, manifest);
      return { ...manifest.descriptor, artifactType: "application/vnd.example" };
    }

    it("writes the tag once for all bundles", async () => {
      let writes = 0;
      const put = client.putManifest.bind(client);
      client.putManifest = (...args) => {
        if (args[2] === fallbackTag(digest)) writes += 1;
        return put(...args);
      };
      const bundles = await Promise.all([sbom, scan, provenance].map((kind) => bundleOf(signer, digest, kind)));
      await attach(client, repository, digest, bundles);
      assert.equal(writes, 1);
      assert.equal((await listReferrers(client, repository, digest)).length, 3);
    });

    it("keeps what strangers list there, and the words around it", async () => {
      const entry = await strangersManifest();
      await writeTag([entry]);
      await attach(client, repository, digest, [await bundleOf(signer, digest, sbom)]);
      const listed = await listReferrers(client, repository, digest);
      assert.deepEqual(
        listed.find((it) => it.digest === entry.digest),
        entry,
      );
      assert.equal(listed.length, 2);
    });

    it("lists no more what a stranger listed and somebody deleted", async () => {
      const entry = await strangersManifest();
      await writeTag([entry]);
      await client.deleteManifest(repository, entry.digest);
      const [attached] = await attach(client, repository, digest, [await bundleOf(signer, digest, sbom)]);
      const listed = await listReferrers(client, repository, digest);
      assert.deepEqual(
        listed.map((it) => it.digest),
        [attached],
      );
    });

    it("writes again when a stranger's write took ours away, and keeps the stranger's", async () => {
      const entry = await strangersManifest();
      afterWriting(() => writeTag([entry]));
      const [attached] = await attach(client, repository, digest, [await bundleOf(signer, digest, sbom)]);
      const listed = await listReferrers(client, repository, digest);
      assert.deepEqual(listed.map((it) => it.digest).sort(), [attached, entry.digest].sort());
    });

    it("restores what a stranger's write took away from another", async () => {
      const entry = await strangersManifest();
      await writeTag([entry]);
      afterWriting(() => writeTag([]));
      await attach(client, repository, digest, [await bundleOf(signer, digest, sbom)]);
      assert.equal((await listReferrers(client, repository, digest)).length, 2);
    });

    it("gives up against somebody who overwrites it for ever, and claims nothing", async () => {
      const put = client.putManifest.bind(client);
      client.putManifest = async (...args) => {
        await put(...args);
        if (args[2] === fallbackTag(digest)) {
          const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] };
          await put(repository, jsonContent(mediaTypes.index, index), fallbackTag(digest));
        }
      };
      await assert.rejects(
        attach(client, repository, digest, [await bundleOf(signer, digest, sbom)]),
        /the tag sha256-[0-9a-f]{64} could not be pushed: somebody else overwrote it 8 times/,
      );
    });

    it("reports an attachment whose tag could not be written, and finishes it the next time", async () => {
      const proxy = await FaultingProxy.start(services().registry);
      try {
        const behind = new RegistryClient(proxy.address);
        const name = `${proxy.address}/by-tag`;
        const bundles = [await bundleOf(signer, digest, sbom)];
        proxy.fault = ({ method, path }) =>
          method === "PUT" && path.includes("/manifests/sha256-") ? "cut" : undefined;
        await assert.rejects(
          attach(behind, name, digest, bundles),
          /the tag sha256-\S+ could not be pushed: the connection/,
        );
        assert.deepEqual(await listReferrers(behind, name, digest), []);
        proxy.fault = () => undefined;
        await attach(behind, name, digest, bundles);
        assert.equal((await readBundles(behind, name, digest)).length, 1);
      } finally {
        await proxy.stop();
      }
    });
  });
});
