import assert from "node:assert/strict";
import { predicateTypes } from "../../domain/evidence/predicates.js";
import { attach } from "../../provider/registry/attach.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { copyImage, tag } from "../../provider/registry/copy.js";
import { listReferrers, readBundles } from "../../provider/registry/referrers.js";
import { RegistryError } from "../../provider/registry/registry-error.js";
import { FaultingProxy } from "../support/faulting-proxy.js";
import { Registry } from "../support/oci.js";
import { pushSmallImage, type SmallImage } from "../support/small-image.js";
import { useServices } from "../support/with-services.js";
import { bundleOf, newSigner } from "./bundles.js";

const { sbom, scan } = predicateTypes;

describe("copying an image", () => {
  const services = useServices({ tools: ["crane"] });
  const signer = newSigner();
  let proxy: FaultingProxy;
  let client: RegistryClient;
  let crane: Registry;
  let written: string[];

  before(async () => {
    proxy = await FaultingProxy.start(services().registry);
    client = new RegistryClient(proxy.address);
    crane = new Registry(services());
  });
  after(() => proxy.stop());
  beforeEach(() => {
    written = [];
    proxy.fault = ({ method, path }) => {
      if (method !== "GET" && method !== "HEAD") written.push(`${method} ${path}`);
      return undefined;
    };
  });

  const at = (path: string) => `${proxy.address}/${path}`;

  async function candidate(name: string): Promise<{ from: string; to: string; image: SmallImage }> {
    const from = at(`candidate/${name}`);
    const image = await pushSmallImage(client, from, name);
    await attach(client, from, image.digest, [await bundleOf(signer, image.digest, sbom)]);
    for (const { digest } of image.platforms) {
      const bundles = [await bundleOf(signer, digest, sbom), await bundleOf(signer, digest, scan)];
      await attach(client, from, digest, bundles);
    }
    written = [];
    return { from, to: at(name), image };
  }

  async function sameReferrers(from: string, to: string, { digest, platforms }: SmallImage): Promise<void> {
    for (const subject of [digest, ...platforms.map((platform) => platform.digest)]) {
      const [source, target] = await Promise.all([from, to].map((it) => listReferrers(client, it, subject)));
      assert.deepEqual(target, source);
      assert.equal((await readBundles(client, to, subject)).length, source?.length);
    }
  }

  it("brings index, platforms, blobs and all that is attached, and no tag", async () => {
    const { from, to, image } = await candidate("whole");
    const { manifests, referrers } = await copyImage(client, { from, to, digest: image.digest });
    const platforms = image.platforms.map(({ digest }) => digest);
    assert.deepEqual([...manifests].sort(), [image.digest, ...platforms].sort());
    assert.equal(referrers.length, 5);
    await sameReferrers(from, to, image);
    assert.equal(await crane.crane("blob", crane.at(`whole@${image.layer}`)), "whole");
    const fallback = [image.digest, ...platforms].map((digest) => digest.replace(":", "-")).sort();
    assert.deepEqual(await crane.tags("whole"), fallback);
  });

  it("writes nothing when all is there", async () => {
    const { from, to, image } = await candidate("again");
    await copyImage(client, { from, to, digest: image.digest });
    written = [];
    assert.deepEqual(await copyImage(client, { from, to, digest: image.digest }), { manifests: [], referrers: [] });
    assert.deepEqual(written, []);
  });

  it("brings what was attached since, in place of what it replaced", async () => {
    const { from, to, image } = await candidate("since");
    await copyImage(client, { from, to, digest: image.digest });
    const newer = await bundleOf(signer, image.digest, sbom, { version: 2 });
    const [manifest = ""] = await attach(client, from, image.digest, [newer]);
    assert.deepEqual(await copyImage(client, { from, to, digest: image.digest }), {
      manifests: [],
      referrers: [manifest],
    });
    assert.deepEqual(await readBundles(client, to, image.digest), [{ digest: manifest, bytes: newer }]);
  });

  it("restores what was deleted in the target", async () => {
    const { from, to, image } = await candidate("restored");
    await copyImage(client, { from, to, digest: image.digest });
    const [platform] = image.platforms;
    await client.deleteManifest(to, platform?.digest ?? "");
    const [entry] = await listReferrers(client, to, image.digest);
    await client.deleteManifest(to, entry?.digest ?? "");
    const copied = await copyImage(client, { from, to, digest: image.digest });
    assert.deepEqual(copied, { manifests: [platform?.digest], referrers: [entry?.digest] });
    await sameReferrers(from, to, image);
  });

  it("says what is missing in the source, and writes nothing", async () => {
    const missing = `sha256:${"0".repeat(64)}`;
    const request = { from: at("candidate/gone"), to: at("gone"), digest: missing };
    await assert.rejects(copyImage(client, request), (error: unknown) => {
      assert.ok(error instanceof RegistryError && error.notFound);
      assert.ok(error.message.startsWith(`${at("candidate/gone")}: the manifest ${missing} could not be read`));
      return true;
    });
    assert.deepEqual(written, []);
  });

  const steps: readonly (readonly [name: string, path: RegExp])[] = [
    ["a platform", /^\/v2\/broken-0\/manifests\/sha256:/],
    ["a blob", /^\/v2\/broken-1\/blobs\/uploads\//],
    ["a list of referrers", /^\/v2\/broken-2\/manifests\/sha256-/],
  ];
  for (const [index, [name, path]] of steps.entries()) {
    it(`ends with an error when the registry drops ${name}, and is whole the next time`, async () => {
      const { from, to, image } = await candidate(`broken-${index}`);
      proxy.fault = (asked) =>
        asked.method !== "GET" && asked.method !== "HEAD" && path.test(asked.path) ? "reset" : undefined;
      await assert.rejects(copyImage(client, { from, to, digest: image.digest }), RegistryError);
      proxy.fault = () => undefined;
      await copyImage(client, { from, to, digest: image.digest });
      await sameReferrers(from, to, image);
    });
  }

  it("moves a tag, once", async () => {
    const { from, image } = await candidate("tagged");
    assert.equal(await tag(client, from, image.digest, "local"), true);
    assert.equal(await crane.digest("candidate/tagged:local"), image.digest);
    written = [];
    assert.equal(await tag(client, from, image.digest, "local"), false);
    assert.deepEqual(written, []);
  });
});
