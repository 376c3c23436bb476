import assert from "node:assert/strict";
import { RegistryClient } from "../../provider/registry/client.js";
import { contentOf, digestOfBytes, jsonContent, mediaTypes } from "../../provider/registry/descriptor.js";
import { readPlatforms } from "../../provider/registry/platforms.js";
import { RegistryError } from "../../provider/registry/registry-error.js";
import { FaultingProxy } from "../support/faulting-proxy.js";
import { Registry } from "../support/oci.js";
import { pushSmallImage } from "../support/small-image.js";
import { useServices } from "../support/with-services.js";
import { RegistryStub } from "./registry-stub.js";

const blob = Buffer.from("content");
const digest = digestOfBytes(blob);
const missing = `sha256:${"0".repeat(64)}`;

describe("a registry's client", () => {
  const services = useServices({ tools: ["crane"] });
  let client: RegistryClient;
  let crane: Registry;

  before(() => {
    client = new RegistryClient(services().registry);
    crane = new Registry(services());
  });
  const at = (path: string) => `${services().registry}/${path}`;

  it("reads and writes what crane reads and writes", async () => {
    const image = await pushSmallImage(client, at("both"), "both");
    const { bytes } = await client.getManifest(at("both"), image.digest);
    assert.equal(await crane.crane("manifest", at(`both@${image.digest}`)), bytes.toString());
    await crane.crane("tag", at(`both@${image.digest}`), "moved");
    assert.equal((await client.headManifest(at("both"), "moved"))?.digest, image.digest);
    assert.deepEqual(await client.listTags(at("both")), ["moved"]);
    assert.deepEqual(await crane.platforms("both:moved"), ["linux/amd64", "linux/arm64"]);
  });

  it("reads the platforms of an index, and of a plain manifest", async () => {
    const image = await pushSmallImage(client, at("platforms"), "platforms");
    assert.deepEqual(await readPlatforms(client, at("platforms"), image.digest), image.platforms);
    const [, second] = image.platforms;
    assert.deepEqual(await readPlatforms(client, at("platforms"), second?.digest ?? ""), [second]);
  });

  it("finds nothing where nothing is", async () => {
    assert.equal(await client.headManifest(at("nothing"), "latest"), undefined);
    assert.equal(await client.hasBlob(at("nothing"), missing), false);
    assert.deepEqual(await client.listTags(at("nothing")), []);
    await assert.rejects(client.getManifest(at("nothing"), "latest"), (error: unknown) => {
      assert.ok(error instanceof RegistryError && error.notFound);
      const answered = "the registry answered 404 \\(\\w+: [^)]+\\)\\. Check the name";
      assert.match(error.message, new RegExp(`^${at("nothing")}: the tag latest could not be read: ${answered}`));
      return true;
    });
  });

  describe("reads lists over several pages:", () => {
    const [a, b] = ["a", "b"].map((text) => contentOf(mediaTypes.manifest, Buffer.from(text)).descriptor);
    const rows: readonly (readonly [
      name: string,
      pages: readonly object[],
      read: (client: RegistryClient, repository: string) => Promise<unknown>,
      found: unknown,
    ])[] = [
      ["tags", [{ tags: ["a", "b"] }, { tags: ["c"] }], (it, at) => it.listTags(at), ["a", "b", "c"]],
      ["referrers", [{ manifests: [a] }, { manifests: [b] }], (it, at) => it.getReferrers(at, missing), [a, b]],
    ];
    for (const [name, pages, read, found] of rows) {
      it(name, async () => {
        const stub = await RegistryStub.start(({ url }, response) => {
          const last = url?.endsWith("?last=1");
          const headers = last ? {} : { link: `<${url}?last=1>; rel="next"` };
          response.writeHead(200, headers).end(JSON.stringify(pages[last ? 1 : 0]));
        });
        try {
          assert.deepEqual(await read(new RegistryClient(stub.address), `${stub.address}/web`), found);
        } finally {
          await stub.stop();
        }
      });
    }
  });

  describe("copying a blob", () => {
    it("mounts it", async () => {
      const content = contentOf("a/b", Buffer.from("mounted"));
      await client.putBlob(at("source"), content);
      const proxy = await FaultingProxy.start(services().registry);
      const asked: string[] = [];
      proxy.fault = ({ method, path }) => {
        asked.push(`${method} ${path}`);
        return undefined;
      };
      try {
        const [from, to] = [`${proxy.address}/source`, `${proxy.address}/target`];
        await new RegistryClient(proxy.address).copyBlob(from, to, content.descriptor);
      } finally {
        await proxy.stop();
      }
      const query = `mount=${encodeURIComponent(content.descriptor.digest)}&from=source`;
      assert.deepEqual(asked, [`POST /v2/target/blobs/uploads/?${query}`]);
      assert.equal(await client.hasBlob(at("target"), content.descriptor.digest), true);
    });

    it("sends it where the registry does not mount", async () => {
      const content = contentOf("a/b", Buffer.alloc(3 << 20, "x"));
      let received: Uint8Array = Buffer.alloc(0);
      let length: string | undefined;
      const stub = await RegistryStub.start(({ method, url }, response) => {
        if (method === "GET" && url?.startsWith("/v2/source/")) response.end(content.bytes);
        else if (method === "POST") response.writeHead(202, { location: "/upload" }).end();
        else response.writeHead(201).end();
      });
      stub.onBody = (bytes, { method, headers }) => {
        if (method !== "PUT") return;
        received = bytes;
        length = headers["content-length"];
      };
      try {
        const [from, to] = [`${stub.address}/source`, `${stub.address}/target`];
        await new RegistryClient(stub.address).copyBlob(from, to, content.descriptor);
        assert.equal(digestOfBytes(received), content.descriptor.digest);
        assert.equal(length, String(content.bytes.length));
      } finally {
        await stub.stop();
      }
    });
  });

  describe("answered with other bytes", () => {
    const bodies: readonly (readonly [name: string, read: (client: RegistryClient, at: string) => Promise<unknown>])[] =
      [
        ["a blob", (it, repository) => it.getBlob(repository, missing)],
        ["a manifest", (it, repository) => it.getManifest(repository, missing)],
      ];
    for (const [name, read] of bodies) {
      it(`refuses ${name}`, async () => {
        const stub = await RegistryStub.start((_, response) => response.end('{"schemaVersion":2}'));
        try {
          await assert.rejects(
            read(new RegistryClient(stub.address), `${stub.address}/web`),
            /could not be read: the registry gave other bytes, of sha256:[0-9a-f]{64}/,
          );
        } finally {
          await stub.stop();
        }
      });
    }
  });

  describe("tries again", () => {
    const rows: readonly (readonly [name: string, statuses: readonly number[], requests: number])[] = [
      ["after 503", [503, 200], 2],
      ["after 429", [429, 200], 2],
      ["three times at most", [500, 500, 500, 500, 200], 4],
      ["not after 400", [400, 200], 1],
      ["not after 404", [404, 200], 1],
    ];
    for (const [name, statuses, requests] of rows) {
      it(name, async () => {
        const stub = await RegistryStub.start((_, response) => {
          response.writeHead(statuses[stub.asked.length - 1] ?? 200).end(blob);
        });
        try {
          const got = new RegistryClient(stub.address).getBlob(`${stub.address}/web`, digest);
          if (statuses[requests - 1] === 200) assert.deepEqual(await got, blob);
          else await assert.rejects(got, new RegExp(`the registry answered ${statuses[requests - 1]}`));
          assert.equal(stub.asked.length, requests);
        } finally {
          await stub.stop();
        }
      });
    }

    it("when a body breaks off in the middle", async () => {
      const stub = await RegistryStub.start((_, response) => {
        response.writeHead(200, { "content-length": blob.length });
        if (stub.asked.length > 1) response.end(blob);
        else response.write(blob.subarray(0, 2), () => response.destroy());
      });
      try {
        assert.deepEqual(await new RegistryClient(stub.address).getBlob(`${stub.address}/web`, digest), blob);
      } finally {
        await stub.stop();
      }
    });
  });

  it("stops when it is cancelled, with the reason, and asks no more", async () => {
    const controller = new AbortController();
    const stub = await RegistryStub.start(() => controller.abort(new Error("cancelled by the engine")));
    try {
      const reading = new RegistryClient(stub.address).getBlob(`${stub.address}/web`, digest, controller.signal);
      await assert.rejects(reading, /^Error: cancelled by the engine$/);
      assert.equal(stub.asked.length, 1);
    } finally {
      await stub.stop();
    }
  });

  it("says which registry cannot be reached", async () => {
    const stub = await RegistryStub.start(() => {});
    const { address } = stub;
    await stub.stop();
    const content = jsonContent(mediaTypes.index, { schemaVersion: 2 });
    await assert.rejects(new RegistryClient(address).putManifest(`${address}/web`, content), (error: unknown) => {
      const { digest: pushed } = content.descriptor;
      const found = `${address}/web: the manifest ${pushed} could not be pushed: the connection failed (ECONNREFUSED).`;
      assert.ok(String(error).startsWith(`RegistryError: ${found} Check that ${address} runs`), String(error));
      return true;
    });
  });

  it("takes no repository of another registry", async () => {
    await assert.rejects(client.listTags("registry.example/web"), /registry\.example\/web is not in the registry/);
  });
});
