import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import type { SizeReport } from "../../domain/size/report.js";
import type { EvidenceInputs } from "../../provider/evidence/inputs.js";
import { sizePart } from "../../provider/evidence/size-part.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { tag } from "../../provider/registry/copy.js";
import { contentOf } from "../../provider/registry/descriptor.js";
import { readContents } from "../../provider/size/read-contents.js";
import { unpackedSize } from "../../provider/size/unpacked-size.js";
import { pushSmallImage, type SmallImage } from "../support/small-image.js";
import { useServices } from "../support/with-services.js";

describe("the size of a candidate", () => {
  const services = useServices({ tools: [] });
  const { signal } = new AbortController();
  let client: RegistryClient;
  let image: SmallImage;
  const repository = () => `${services().registry}/candidate/web`;

  before(async () => {
    client = new RegistryClient(services().registry);
    image = await pushSmallImage(
      client,
      repository(),
      await tar({ "app/node_modules/big/index.js": 60_000, "etc/x": 1 }),
    );
    const released = `${services().registry}/web`;
    const last = await pushSmallImage(client, released, await tar({ "etc/x": 1 }));
    await tag(client, released, last.digest, "local", signal);
  });

  function partOf(inputs: Partial<EvidenceInputs>) {
    const all = { registry: services().registry, name: "web", ...inputs } as EvidenceInputs;
    const { digest, platforms } = image;
    const candidate = { repository: repository(), digest, platforms };
    return sizePart({ client, image: candidate, inputs: all, stored: new Map(), root: "/", signal });
  }

  it("fails every platform over the budget, and names what is in its layers", async () => {
    const { failures } = await partOf({ sizeBudget: 10_000 });
    assert.deepEqual(
      failures.map(({ gate, platform }) => [gate, platform]),
      [
        ["size", "linux/amd64"],
        ["size", "linux/arm64"],
      ],
    );
    assert.match(
      failures[0]?.finding ?? "",
      /over its budget of 10000 B\. .*unpacked: npm package big 0\.1 MB, \/etc 1 B/,
    );
  });

  it("is reported beside the last release's", async () => {
    const { failures, summary, reports } = await partOf({ releaseTag: "local" });
    assert.deepEqual(failures, []);
    assert.equal(summary, "+0.1 MB");
    const { platforms } = JSON.parse(reports?.get("size.json") ?? "") as SizeReport;
    assert.equal(platforms.length, 2);
    assert.ok(platforms.every(({ growth = 0 }) => growth > 55_000));
  });

  it("fails every platform that grew beyond its budget, and names what grew", async () => {
    const grown = await partOf({ releaseTag: "local", growthBudget: { relative: 0.5 } });
    assert.deepEqual(
      grown.failures.map(({ gate, platform }) => [gate, platform]),
      [
        ["size", "linux/amd64"],
        ["size", "linux/arm64"],
      ],
    );
    assert.match(
      grown.failures[0]?.finding ?? "",
      /larger than the last release; its growth budget allows .* \(50\.0 %\)\. What grew: .*In them, unpacked: npm package big \+0\.1 MB\./,
    );
    const allowed = await partOf({ releaseTag: "local", growthBudget: { absolute: 1_000_000 } });
    assert.deepEqual(allowed.failures, []);
    const first = await partOf({ releaseTag: "other", growthBudget: { relative: 0.01 } });
    assert.deepEqual(first.failures, []);
  });

  it("is measured unpacked, and a layer is read for that once", async () => {
    const root = mkdtempSync(path.join(services().dataDir, "size-"));
    const type = "application/vnd.oci.image.layer.v1.tar+gzip";
    const layer = contentOf(type, gzipSync(Buffer.alloc(100_000)));
    await client.putBlob(repository(), layer);
    const size = () => unpackedSize(client, repository(), layer.descriptor, root, signal);
    assert.equal(await size(), 100_000);
    const elsewhere = `${services().registry}/candidate/nowhere`;
    assert.equal(await unpackedSize(client, elsewhere, layer.descriptor, root, signal), 100_000);
    writeFileSync(path.join(root, layer.descriptor.digest.replace(":", "-")), "");
    assert.equal(await size(), 100_000);
    const strange = { ...layer.descriptor, digest: `sha256:${"0".repeat(64)}`, mediaType: `${type}+strange` };
    assert.equal(await unpackedSize(client, repository(), strange, root, signal), undefined);
  });

  it("is reported where there was no release", async () => {
    const { reports } = await partOf({ releaseTag: "other" });
    const { platforms } = JSON.parse(reports?.get("size.json") ?? "") as SizeReport;
    assert.ok(platforms.every(({ growth }) => growth === undefined));
  });

  it("is told of compressed layers, and nothing of a compression that is not known", async () => {
    const type = "application/vnd.oci.image.layer.v1.tar";
    const layer = contentOf(`${type}+gzip`, gzipSync(await tar({ "etc/x": 7 })));
    await client.putBlob(repository(), layer);
    const read = (mediaType: string) => readContents(client, repository(), { ...layer.descriptor, mediaType }, signal);
    assert.deepEqual(await read(`${type}+gzip`), [{ name: "/etc", size: 7 }]);
    assert.deepEqual(await read(`${type}+strange`), []);
  });

  it("is told of a layer of zstd", async () => {
    const layer = contentOf("application/vnd.oci.image.layer.v1.tar+zstd", Buffer.from(zstdLayer, "base64"));
    await client.putBlob(repository(), layer);
    assert.deepEqual(await readContents(client, repository(), layer.descriptor, signal), [{ name: "/etc", size: 7 }]);
  });

  it("is not told of a layer of zstd that is damaged", async () => {
    const damaged = Buffer.from(zstdLayer, "base64").fill(0xff, 20, 40);
    const layer = contentOf("application/vnd.oci.image.layer.v1.tar+zstd", damaged);
    await client.putBlob(repository(), layer);
    await assert.rejects(readContents(client, repository(), layer.descriptor, signal));
  });
});

/** `etc/x` of 7 bytes in a tar archive, by zstd 1.5. */
const zstdLayer =
  "KLUv/WQAJ10CAAKDChDA6yCVWq6E/LsTLisM/eqnLneUqfIilH4nsmrZP6dIxPvOO4RxN2BWAwwgUC8yDvUFnklIBXhnGA0w/G+mPRyAAwYFsJ0UHEevoO0=";

async function tar(files: Readonly<Record<string, number>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, size] of Object.entries(files)) archive.entry({ name }, Buffer.alloc(size));
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
