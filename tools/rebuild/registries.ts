import { setTimeout as delay } from "node:timers/promises";
import { parseImageName, repositoryName } from "../../domain/dockerfile/image-name.js";
import type { Settings } from "../../domain/settings/types.js";
import type { Observation, Warehouse } from "../../domain/state/types.js";
import { contentsOfPlatforms } from "../../domain/watch/contents.js";
import { mirrorRepository } from "../../domain/watch/mirror-repository.js";
import type { Push } from "../../domain/watch/notification.js";
import type { Sight } from "../../domain/watch/sight.js";
import { newestTag, onlyTag } from "../../domain/watch/tags.js";
import { RegistryClient } from "../../provider/registry/client.js";
import type { Descriptor } from "../../provider/registry/descriptor.js";
import { mirrorImage } from "../../provider/registry/mirror.js";
import { readPlatforms } from "../../provider/registry/platforms.js";
import { RegistryError } from "../../provider/registry/registry-error.js";

/** For a tag that does not mean yet what was announced; a second push may have come meanwhile, so it need never do so. */
const MOST_LOOKS = 5;
const PAUSE_MS = 50;

/** What a look found, or why nothing: a sentence with what to do. */
export type Look =
  | { readonly kind: "seen"; readonly sight: Sight }
  | { readonly kind: "gone" | "unreachable"; readonly image: string; readonly problem: string };

/** Asks registries what tags mean, each once for all who stand on an image, and keeps copies of what they show. */
export class Registries {
  private readonly clients = new Map<string, RegistryClient>();
  private readonly mirrored = new Set<string>();

  constructor(private readonly settings: Pick<Settings, "registry" | "insecureRegistry">) {}

  /**
   * One request where the tag means what is known already.
   *
   * @param image as in its state
   * @param announced the push for which it is looked
   */
  async look(
    image: string,
    warehouse: Warehouse,
    known: readonly Observation[],
    announced?: Push,
    signal?: AbortSignal,
  ): Promise<Look> {
    const { repoURL, platform } = warehouse;
    const client = this.client(repoURL);
    try {
      const tag = onlyTag(warehouse) ?? newestTag(warehouse, await client.listTags(repoURL, signal));
      if (tag === undefined) {
        const problem = `${repoURL} has no tag that allowTags (${warehouse.allowTags}) allows. Correct allowTags in images.yaml.`;
        return { kind: "gone", image, problem };
      }
      const descriptor = await this.headTag(client, repoURL, tag, announced, signal);
      if (descriptor === undefined) {
        const problem = `${repoURL}:${tag} is gone from its registry. What is adopted stays; name another tag in the Dockerfiles.`;
        return { kind: "gone", image, problem };
      }
      const { digest } = descriptor;
      const before = known.find((entry) => entry.digest === digest);
      if (before?.contents !== undefined) {
        const { platforms, contents } = before;
        return { kind: "seen", sight: { image, tag, digest, platforms, contents } };
      }
      const platforms = await readPlatforms(client, repoURL, digest, signal);
      const names = platforms.map((each) => each.platform).sort();
      return {
        kind: "seen",
        sight: { image, tag, digest, platforms: names, contents: contentsOfPlatforms(platforms, platform) },
      };
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      return { kind: "unreachable", image, problem: error.message };
    }
  }

  /**
   * Distribution tells of a push when it has the manifest, and writes the tag after that: whoever looks at once may see what the
   * tag meant before.
   */
  private async headTag(
    client: RegistryClient,
    repoURL: string,
    tag: string,
    announced: Push | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Descriptor | undefined> {
    for (let looks = 1; ; looks += 1) {
      const descriptor = await client.headManifest(repoURL, tag, signal);
      if (announced?.tag !== tag || descriptor?.digest === announced.digest || looks === MOST_LOOKS) return descriptor;
      await delay(PAUSE_MS);
    }
  }

  /** Keeps a digest in quarantine, where it outlives what upstream does. @throws RegistryError */
  async mirror(repoURL: string, digest: string, signal?: AbortSignal): Promise<void> {
    const { registry } = this.settings;
    const name = mirrorRepository(registry, repoURL);
    if (this.mirrored.has(`${name}@${digest}`)) return;
    const to = { client: this.client(registry), name };
    await mirrorImage({ client: this.client(repoURL), name: repoURL }, to, digest, signal);
    this.mirrored.add(`${name}@${digest}`);
  }

  private client(name: string): RegistryClient {
    const [host = ""] = name.split("/");
    let client = this.clients.get(host);
    if (client === undefined) {
      const own = host === this.settings.registry.split("/")[0];
      client = own ? new RegistryClient(host, this.settings.insecureRegistry) : new RegistryClient(host);
      this.clients.set(host, client);
    }
    return client;
  }
}

/** Where a managed image of another repository is looked for: at the tag that Dockerfiles write. */
export function ownTagOf(image: string): Warehouse {
  const name = parseImageName(image);
  if (name === undefined) throw new RangeError(`"${image}" is no image name`);
  const { tag = "latest" } = name;
  return { repoURL: repositoryName(name), allowTags: `^${tag.replace(/[.+]/g, "\\$&")}$` };
}
