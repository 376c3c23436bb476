import { join, resolve } from "node:path";
import { load } from "js-yaml";
import { loadCatalogue } from "../domain/catalogue/load.js";
import { type ManagedImage, type Platform, variantId } from "../domain/catalogue/types.js";
import { parseDockerfile } from "../domain/dockerfile/parse.js";
import { findTarget } from "../domain/dockerfile/reachable.js";
import { OWN_HOST, POOL_PREFIX } from "../domain/graph/dependencies.js";
import type { BaseImage } from "../domain/policy/lineage.js";
import type { StackFacts } from "../domain/policy/resource-rule.js";
import { loadPromotions } from "../domain/promotion/load.js";
import type { Denial } from "../domain/recall/denials.js";
import { loadDenials } from "../domain/recall/load-denials.js";
import { loadSettings } from "../domain/settings/load.js";
import type { Settings } from "../domain/settings/types.js";
import { loadState } from "../domain/state/load.js";
import { readText } from "./files.js";

/** The folder of the project whose stack is being updated, read once: what it declares, apart from what its program does. */
export class Project {
  private readonly bases = new Map<string, BaseImage | undefined>();
  private readonly byDirectory: ReadonlyMap<string, ManagedImage>;

  private constructor(
    readonly root: string,
    readonly settings: Settings | undefined,
    private readonly images: readonly ManagedImage[],
    private readonly platforms: ReadonlyMap<string, readonly Platform[]>,
    /** What is recalled, itself or by lineage. */
    readonly denials: readonly Denial[],
    /** What resources of clouds are held against. */
    readonly stackFacts: StackFacts | undefined,
  ) {
    this.byDirectory = new Map(images.map((image) => [resolve(root, image.directory), image]));
  }

  /** What cannot be understood is left out here: the program refuses it, and no exception comes from it. */
  static async load(root: string, stack: string): Promise<Project> {
    const { value: settings } = await loadSettings(root, stack, configOf(process.env.FACTORY_STACK_FILE));
    const { value: catalogue } = await loadCatalogue(
      root,
      settings === undefined ? {} : { platforms: settings.platforms },
    );
    const { value: states } = await loadState(root, settings?.state ?? "state");
    const seen = [...states.values()].flatMap(({ ledger }) => ledger);
    const platforms = new Map(seen.map((observation) => [observation.digest, observation.platforms]));
    const stackFacts = settings === undefined ? undefined : await stackFactsOf(root, settings);
    const { value: denials } = await loadDenials(root);
    return new Project(root, settings, catalogue.images, platforms, denials, stackFacts);
  }

  /** The image whose folder is this one, relative to the root or absolute. */
  imageIn(directory: string): ManagedImage | undefined {
    return this.byDirectory.get(resolve(this.root, directory));
  }

  /** What a digest offers, where it has been seen before. */
  platformsOf(digest: string): readonly Platform[] | undefined {
    return this.platforms.get(digest);
  }

  /** What is built here of that name. */
  readonly findBase = (name: string): BaseImage | undefined => {
    if (!name.startsWith(OWN_HOST)) return undefined;
    if (!this.bases.has(name)) this.bases.set(name, this.readBase(name.slice(OWN_HOST.length).replace(/:latest$/, "")));
    return this.bases.get(name);
  };

  private readBase(id: string): BaseImage | undefined {
    if (id.startsWith(POOL_PREFIX)) return { kind: "empty" };
    for (const image of this.images) {
      const variant = image.variants.find((each) => variantId(image, each) === id);
      if (variant === undefined) continue;
      const text = readText(join(this.root, image.dockerfile));
      if (text === undefined) return undefined;
      const { value: dockerfile } = parseDockerfile(text, image.dockerfile, variant.args, image.platforms);
      const { value: target } = findTarget(dockerfile, variant.target, variant.place);
      return target === undefined ? undefined : { kind: "built", dockerfile, target };
    }
    return undefined;
  }
}

async function stackFactsOf(root: string, settings: Settings): Promise<StackFacts> {
  const { cloud, development, promotes, registry } = settings;
  const pinned = cloud?.runners === undefined ? [] : [cloud.runners.image];
  const facts = { development, registry, pinned };
  if (promotes === undefined) return facts;
  // A file that cannot be read names nothing: the program says what is wrong with it.
  const { value } = await loadPromotions(root, promotes.releases);
  return { ...facts, promoted: new Set(value.releases.map(({ digest }) => digest)) };
}

/** The configuration in a stack file that is not in its usual place (`--config-file`); undefined where none is named. */
function configOf(file: string | undefined): Readonly<Record<string, unknown>> | undefined {
  const text = file === undefined ? undefined : readText(file);
  if (text === undefined) return undefined;
  const { config } = load(text) as { readonly config?: Readonly<Record<string, unknown>> };
  return config ?? {};
}
