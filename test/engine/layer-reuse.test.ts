import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { FaultingProxy } from "../support/faulting-proxy.js";
import { patchBytes, patched, writeLayered } from "../support/layered.js";
import { Registry } from "../support/oci.js";
import { TestProject } from "../support/project.js";
import { useServices } from "../support/with-services.js";

const platforms = ["linux/amd64", "linux/arm64"];
const layer = 2_000_000;

describe("a patch of a base below an image of many layers", () => {
  const services = useServices({ tools: ["crane", "pulumi", "docker-build"] });
  let project: TestProject;
  let proxy: FaultingProxy;
  let registry: Registry;

  before(async () => {
    proxy = await FaultingProxy.start(services().registry);
    project = new TestProject({ ...services(), registry: proxy.address }, "layers");
    registry = new Registry(services());
    writeLayered(project, { base: layer, layer, platforms });
    const { code, text } = await project.up();
    assert.equal(code, 0, text);
  });

  after(() => proxy.stop());

  async function layersOf(id: string): Promise<readonly string[]> {
    const manifest = async (platform: string) =>
      JSON.parse(await registry.crane("manifest", "--platform", platform, registry.at(`${id}:local`)));
    const manifests = (await Promise.all(platforms.map(manifest))) as { layers: { digest: string }[] }[];
    return manifests.flatMap(({ layers }) => layers.map(({ digest }) => digest));
  }

  /** Bytes of everything that the registry keeps, each blob once. */
  function stored(): number {
    const folder = path.join(services().dataDir, "registry");
    const files = readdirSync(folder, { recursive: true, withFileTypes: true });
    const blobs = files.filter((file) => file.isFile() && file.name === "data");
    return blobs.reduce((sum, file) => sum + statSync(path.join(file.parentPath, file.name)).size, 0);
  }

  it("makes new layers of the base's changed files alone, which are sent once for all images on it", async () => {
    const ids = ["base", "tools", "work"];
    const before = new Map(await Promise.all(ids.map(async (id) => [id, await layersOf(id)] as const)));
    const bytesBefore = stored();
    proxy.received.clear();
    project.write({ "bases/base/patched": patched("2") });
    project.commit();
    const { built, code, text } = await project.up();
    assert.equal(code, 0, text);
    assert.deepEqual(built, ids);
    const changed = new Set<string>();
    for (const id of ids) {
      const layers = await layersOf(id);
      const known = before.get(id) ?? [];
      assert.equal(layers.length, known.length, id);
      for (const digest of layers) if (!known.includes(digest)) changed.add(digest);
      // Its own layers are the same: only the patched layer of the base is another one, on each platform.
      assert.equal(layers.filter((digest) => !known.includes(digest)).length, platforms.length, id);
    }
    // The patched file is the same on both platforms, and so is its layer.
    assert.equal(changed.size, 1);
    // That layer with the configurations and manifests of three images, far less than any layer that stayed.
    const most = patchBytes + 60_000;
    const came = stored() - bytesBefore;
    assert.ok(patchBytes < came && came < most, `${came} bytes`);
    const sent = [...proxy.received.values()].reduce((sum, size) => sum + size, 0);
    assert.ok(patchBytes < sent && sent < most, JSON.stringify([...proxy.received]));
    assert.ok((proxy.received.get("candidate/base") ?? 0) > patchBytes, JSON.stringify([...proxy.received]));
  });
});
