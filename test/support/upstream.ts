import { mkdirSync } from "node:fs";
import path from "node:path";
import { RegistryClient } from "../../provider/registry/client.js";
import { freePort } from "../../tools/services/ports.js";
import { registryService } from "../../tools/services/registry.js";
import { ensureService, stopService } from "../../tools/services/service.js";
import { dir, file, tarOf } from "./debian-package.js";
import { pushSmallImage } from "./small-image.js";
import type { TestServices } from "./with-services.js";

/** Somebody else's registry on this machine, with an image that its publisher changes now and then. */
export class Upstream {
  private constructor(
    private readonly dataDir: string,
    readonly address: string,
    readonly client: RegistryClient,
  ) {}

  /** @param listener address that hears of its pushes */
  static async start({ dataDir, toolchain }: TestServices, listener: string): Promise<Upstream> {
    const folder = path.join(dataDir, "upstream");
    mkdirSync(folder, { recursive: true });
    const service = registryService(folder, toolchain.program("registry"), await freePort(), listener);
    await ensureService(folder, service);
    return new Upstream(folder, service.address, new RegistryClient(service.address));
  }

  stop(): Promise<void> {
    return stopService(this.dataDir, "registry");
  }

  /** Makes a tag mean an image with these files; returns its digest. */
  async push(repository: string, tag: string, files: Readonly<Record<string, string>>): Promise<string> {
    const folders = new Set(Object.keys(files).flatMap((name) => parentsOf(name)));
    const entries = [...[...folders].sort().map((name) => dir(name))];
    const layer = await tarOf([...entries, ...Object.entries(files).map(([name, text]) => file(name, text))]);
    const name = `${this.address}/${repository}`;
    const { digest } = await pushSmallImage(this.client, name, layer);
    await this.client.putManifest(name, await this.client.getManifest(name, digest), tag);
    return digest;
  }
}

function parentsOf(name: string): readonly string[] {
  const parts = name.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
