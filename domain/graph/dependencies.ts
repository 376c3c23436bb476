import type { Mixin } from "../catalogue/mixin.js";
import { type Catalogue, type ManagedImage, variantId } from "../catalogue/types.js";
import type { Dockerfile, Reference, Resolution } from "../dockerfile/types.js";
import type { Checked, Place, Problem } from "../problems.js";
import { didYouMean } from "../suggest.js";
import type { Dependency } from "./types.js";

/** Host of the names of our own images in Dockerfiles. It can never resolve, so nobody gets a stranger's image by it. */
export const OWN_HOST = "factory.invalid/";
export const POOL_PREFIX = "pool/";
export const MIXIN_PREFIX = "mixin/";
/** How many known names an error lists. */
const LISTED_NAMES = 12;

/** Tells where the references of a Dockerfile lead, given what exists. */
export class DependencyReader {
  private readonly variants: ReadonlyMap<string, ManagedImage>;
  private readonly images: ReadonlyMap<string, ManagedImage>;
  private readonly mixins: ReadonlyMap<string, Mixin>;

  constructor(private readonly catalogue: Catalogue) {
    this.images = new Map(catalogue.images.map((image) => [image.name, image]));
    this.mixins = new Map(catalogue.mixins.map((mixin) => [mixin.name, mixin]));
    this.variants = new Map(
      catalogue.images.flatMap((image) =>
        image.variants.map((variant): [string, ManagedImage] => [variantId(image, variant), image]),
      ),
    );
  }

  read(dockerfile: Dockerfile, references: readonly Reference[]): Checked<readonly Dependency[]> {
    const dependencies: Dependency[] = [];
    const problems: Problem[] = [];
    for (const reference of references) {
      const found = this.readReference(reference);
      if (found === undefined) continue;
      if ("message" in found) problems.push(found);
      else dependencies.push(found);
    }
    return { value: dependencies, problems: [...problems, ...hiddenStages(dockerfile, dependencies)] };
  }

  /** The mixins that an image has: those that its settings name, and those of which its Dockerfile copies files. */
  mixinsOf({ mixins }: ManagedImage, dependencies: readonly Dependency[]): Checked<readonly Mixin[]> {
    const copied = dependencies.flatMap((dependency) => (dependency.kind === "mixin" ? [dependency.name] : []));
    const problems: Problem[] = [];
    for (const { name, place } of mixins) {
      const mixin = this.mixins.get(name);
      if (mixin === undefined) problems.push(this.unknownMixin(name, place));
      else if (mixin.files !== undefined && !copied.includes(name)) {
        const message = `the mixin "${name}" has files, of which the Dockerfile copies none.`;
        const remedy = `Write COPY --from=${OWN_HOST}${MIXIN_PREFIX}${name} / / there; the line here is not needed then.`;
        problems.push({ place, message, remedy });
      }
    }
    const names = new Set([...mixins.map(({ name }) => name), ...copied]);
    return { value: [...names].flatMap((name) => this.mixins.get(name) ?? []), problems };
  }

  private readReference(reference: Reference): Dependency | Problem | undefined {
    const { resolution, written, place } = reference;
    if (resolution.kind === "stage" || resolution.kind === "scratch") return undefined;
    if (resolution.kind === "unresolved") {
      const remedy = resolution.dependsOn === undefined ? "Correct the name." : "Use TARGETARCH, or a fixed name.";
      return { place, message: `${written} cannot be resolved: ${resolution.reason}.`, remedy };
    }
    if (!resolution.name.startsWith(OWN_HOST)) return { kind: "external", name: resolution.name, reference };
    return this.ownImage(resolution, reference);
  }

  private ownImage({ name, familiar }: Resolution & { kind: "image" }, reference: Reference): Dependency | Problem {
    const { place } = reference;
    const own = familiar.slice(OWN_HOST.length);
    if (/[:@]/.test(own)) {
      const plain = name.slice(0, OWN_HOST.length) + own.replace(/[:@].*$/, "");
      const message = `${familiar} has a tag or a digest, but the program decides which digest is meant.`;
      return { place, message, remedy: `Write ${plain}.` };
    }
    if (own.startsWith(POOL_PREFIX)) return this.pool(own.slice(POOL_PREFIX.length), reference);
    if (own.startsWith(MIXIN_PREFIX)) return this.mixin(own.slice(MIXIN_PREFIX.length), reference);
    if (this.variants.has(own)) return { kind: "managed", id: own, reference };
    const remote = this.catalogue.remotes.find((image) => image.name === own);
    if (remote !== undefined) {
      const message = `base "${own}" is built in another repository, so it has no ${OWN_HOST} name.`;
      return { place, message, remedy: `Write ${remote.repoURL}.` };
    }
    const bases = [...this.variants].filter(([, image]) => image.kind === "base").map(([id]) => id);
    const known = bases.length === 0 ? "" : `Known bases: ${list(bases)}. `;
    const remedy = `${didYouMean(own, this.variants.keys())}${known}Change the name, or add bases/${own}/.`;
    return { place, message: `base "${own}" is not declared.`, remedy };
  }

  private mixin(name: string, reference: Reference): Dependency | Problem {
    const { instruction, place, written } = reference;
    const mixin = this.mixins.get(name);
    if (mixin === undefined) return this.unknownMixin(name, place);
    if (mixin.files === undefined) {
      const message = `the mixin "${name}" has no files: there is no ${mixin.directory}/rootfs.`;
      return {
        place,
        message,
        remedy: `Name it under mixins of image.yaml instead, or add ${mixin.directory}/rootfs/.`,
      };
    }
    if (instruction === "FROM") {
      const message = `${written} is a mixin: its files are copied, nothing stands on it.`;
      return { place, message, remedy: `Write COPY --from=${written} / /.` };
    }
    return { kind: "mixin", name, reference };
  }

  private unknownMixin(name: string, place: Place): Problem {
    const names = [...this.mixins.keys()];
    const known = names.length === 0 ? "There are no mixins yet." : `Known mixins: ${list(names)}.`;
    const remedy = `${didYouMean(name, names)}${known} A new one: npx factory new mixin ${name}`;
    return { place, message: `there is no mixin "${name}".`, remedy };
  }

  private pool(name: string, reference: Reference): Dependency | Problem {
    const image = this.images.get(name);
    if (image?.lock !== undefined) return { kind: "pool", name, reference };
    const { place } = reference;
    const message = `there is no pool image "${name}".`;
    if (image !== undefined) {
      const remedy = `Add ${image.directory}/packages.yaml, then run: npx factory lock ${name}`;
      return { place, message: `${message} ${image.directory} has no lock of packages.`, remedy };
    }
    const pools = this.catalogue.images.filter(({ lock }) => lock !== undefined).map((each) => each.name);
    const known = pools.length === 0 ? "No image has a lock of packages." : `Known pools: ${list(pools)}.`;
    return { place, message, remedy: `${didYouMean(name, pools)}${known}` };
  }
}

/** Ids of the nodes that these dependencies lead to, each once. */
export function managedIds(dependencies: readonly Dependency[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const dependency of dependencies) if (dependency.kind === "managed") ids.add(dependency.id);
  return ids;
}

/**
 * A pin reaches BuildKit as a named context, and BuildKit looks for those under the names of stages first: a stage named like
 * an image would be replaced by it, and its instructions never run.
 */
function hiddenStages({ stages }: Dockerfile, dependencies: readonly Dependency[]): readonly Problem[] {
  if (stages.every(({ name }) => name === undefined)) return [];
  const pinned = new Set(
    dependencies.map(({ reference: { resolution } }) => resolution.kind === "image" && resolution.familiar),
  );
  return stages
    .filter(({ name }) => name !== undefined && pinned.has(name))
    .map(({ name, place }) => ({
      place,
      message: `stage "${name}" has the name of the image ${name}, whose pin BuildKit would take for the stage.`,
      remedy: "Give the stage another name.",
    }));
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, LISTED_NAMES).join(", ");
  return names.length > LISTED_NAMES ? `${shown} and ${names.length - LISTED_NAMES} more` : shown;
}
