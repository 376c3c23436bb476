import type { Place } from "../problems.js";
import type { Mixin } from "./mixin.js";
import type { ImageScan } from "./scan.js";
import type { Smoke } from "./smoke.js";

/** `os/arch`, e.g. `linux/amd64`, with a variant where there is one (`linux/arm/v7`). */
export type Platform = string;

/** How layers can be compressed: every consumer takes gzip, not all take zstd (docs/releases.md names them). */
export const compressions = ["gzip", "zstd"] as const;
export type Compression = (typeof compressions)[number];

/** How release tags are made from a proved digest; `b-<buildId>` always exists beside them. */
export interface TagRule {
  /** A moving tag named after the stack's channel, e.g. `local`, `staging`. */
  readonly channel: boolean;
  /** Semantic version of the image; gives `X.Y.Z`, `X.Y` and `X`. */
  readonly semver?: string;
  /** An immutable tag `c-<first 12 of the revision>`; never for a dirty tree. */
  readonly commit: boolean;
}

/** When a new digest of something this image stands on leads to a rebuild. */
export interface RebuildPolicy {
  /** Soak time in milliseconds. */
  readonly delayMs: number;
  readonly autoRebuild: boolean;
}

/** One buildable thing of an image. The default variant has the name `""`. */
export interface Variant {
  readonly name: string;
  readonly target?: string;
  readonly args: Readonly<Record<string, string>>;
  /** How the service in it is asked whether it is well; a variant without is no service. */
  readonly smoke?: SmokeTest;
  readonly place: Place;
}

/** A service's health endpoint, and the line that names it. */
export type SmokeTest = Smoke & { readonly place: Place };

/** A secret that the build mounts as `/run/secrets/<id>`; its value comes from the stack's configuration `secret:<id>`. */
export interface BuildSecret {
  readonly id: string;
  readonly place: Place;
}

/** A mixin by its name, and the line that names it. */
export interface NamedMixin {
  readonly name: string;
  readonly place: Place;
}

/** A reason, with an end, for letting a build reach the network. */
export interface NetworkException {
  readonly reason: string;
  /** Date `YYYY-MM-DD`, the last day on which it holds (UTC). */
  readonly expires: string;
  readonly place: Place;
}

/** At most how much larger than its last release, compressed. Where both are given, the smaller one counts. */
export interface GrowthBudget {
  /** Bytes. */
  readonly absolute?: number;
  /** Share of the last release's size: `0.1` for a tenth. */
  readonly relative?: number;
}

/** A golden base or an application image that is built here. All paths are relative to the project's root, with `/`. */
export interface ManagedImage {
  readonly kind: "base" | "application";
  readonly name: string;
  /** Its folder, e.g. `bases/python`. */
  readonly directory: string;
  /** Where its build takes files from, if that is not its folder: the project's root. */
  readonly context?: "project";
  readonly dockerfile: string;
  /** `image.yaml` where the folder has one, else the Dockerfile: where settings of the image are blamed. */
  readonly place: Place;
  readonly owner?: string;
  readonly description?: string;
  readonly platforms: readonly Platform[];
  readonly variants: readonly Variant[];
  readonly tags: TagRule;
  readonly runner: "cpu" | "gpu";
  /** Why it is built only where `factory:with` names it. */
  readonly onDemand?: string;
  /** Of the layers that it adds to its base's. */
  readonly compression: Compression;
  /** Largest compressed size per platform, in bytes. */
  readonly sizeBudget?: number;
  /** How much larger than its last release a platform may be. */
  readonly growthBudget?: GrowthBudget;
  /** What fails its scans, where that is not the stack's setting. */
  readonly scan?: ImageScan;
  /** Suppliers for the SBOM, by the name of a package that does not say it itself. */
  readonly suppliers?: Readonly<Record<string, string>>;
  readonly rebuild: RebuildPolicy;
  readonly labels: Readonly<Record<string, string>>;
  /** The mixins that `image.yaml` names; those of which a Dockerfile copies files are used beside them. */
  readonly mixins: readonly NamedMixin[];
  readonly secrets: readonly BuildSecret[];
  readonly network?: NetworkException;
  /** The lock of its pool image (`packages.lock.json` in the folder, or the local overlay's), where `packages.yaml` exists. */
  readonly lock?: PoolLockSummary;
}

/** What the plan needs of a lock; the whole lock is `domain/lock`'s. */
export interface PoolLockSummary {
  /** The file read, relative to the root: the committed lock, or the overlay under `.factory/locks/`. */
  readonly file: string;
  /** Digest of the pool image that composing must reproduce. */
  readonly poolDigest: string;
  /** True for an overlay: what is built on it cannot be promoted. */
  readonly overlay: boolean;
}

/** An image that we only watch and pin. */
export interface ExternalImage {
  readonly name: string;
  /** Normalised repository without tag, e.g. `docker.io/library/nginx`. */
  readonly repoURL: string;
  /** Regular expression of the tags that count. */
  readonly allowTags?: string;
  readonly platform?: Platform;
  readonly rebuild: RebuildPolicy;
  readonly place: Place;
}

/** A managed image whose source is another repository. */
export interface RemoteImage {
  readonly name: string;
  readonly repoURL: string;
  readonly source: { readonly repository: string; readonly dockerfile: string; readonly workflow: string };
  readonly rebuild: RebuildPolicy;
  readonly allowTags?: string;
  readonly place: Place;
}

/** Another team's catalogue, at a pinned commit. */
export interface IncludedCatalogue {
  /** What it is called here; its images are `name/id`. Default: the last part of the repository. */
  readonly name: string;
  readonly repository: string;
  /** Full commit hash. */
  readonly commit: string;
  readonly path: string;
  /** Where that team releases: its image `x` is `<registry>/x`. */
  readonly registry: string;
  /** How long a cascade waits for an image of that team, once it can be built, in milliseconds. */
  readonly waitMs: number;
  readonly place: Place;
}

/** Everything that exists. Every list is sorted by name. */
export interface Catalogue {
  readonly images: readonly ManagedImage[];
  readonly mixins: readonly Mixin[];
  readonly externals: readonly ExternalImage[];
  readonly remotes: readonly RemoteImage[];
  readonly includes: readonly IncludedCatalogue[];
  readonly defaults: { readonly platforms: readonly Platform[]; readonly rebuild: RebuildPolicy };
}

/** The build context, relative to the project's root. */
export function contextOf({ context, directory }: Pick<ManagedImage, "context" | "directory">): string {
  return context === "project" ? "." : directory;
}

/** Id of an image variant, and the name of its repository: `python`, or `python-dev` for the variant `dev`. */
export function variantId(image: Pick<ManagedImage, "name">, variant: Pick<Variant, "name">): string {
  return variant.name === "" ? image.name : `${image.name}-${variant.name}`;
}
