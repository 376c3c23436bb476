import type { VariantNode } from "../graph/types.js";
import type { Pin } from "../pins/types.js";

/** What git says of an image's inputs: the last commit that touched them, never HEAD. */
export interface Revision {
  /** Full hash, or `""` where the inputs are not committed at all. */
  readonly commit: string;
  /** Commit time, seconds since 1970; 0 where there is no commit. */
  readonly epoch: number;
  /** True where the inputs differ from that commit; such an image cannot be promoted. */
  readonly dirty: boolean;
}

/** What a name in the Dockerfile is replaced by, through `context.named`. */
export type NamedContextSource =
  | { readonly kind: "managed"; readonly id: string }
  | { readonly kind: "pool"; readonly name: string; readonly digest: string }
  /** Files of the project: their folder, relative to the root, and a sha256 over all of them. */
  | { readonly kind: "mixin"; readonly name: string; readonly directory: string; readonly digest: string }
  | ({ readonly kind: "external" } & Pin);

export interface NamedContext {
  /** The name as BuildKit looks it up: as the Dockerfile resolves to it, familiar form. */
  readonly name: string;
  readonly source: NamedContextSource;
}

/** The two files from which BuildKit reads what to build; made from the author's, never committed. */
export interface GeneratedDockerfile {
  /** Relative to the root, below `.factory/dockerfiles/`; `<path>.dockerignore` is its allow-list. */
  readonly path: string;
  readonly text: string;
  readonly ignore: string;
}

/** One image variant, ready to be built. */
export interface PlannedImage {
  readonly id: string;
  readonly node: VariantNode;
  /** 0 for what stands on nothing that we build. */
  readonly wave: number;
  /** sha256 (hex) over Dockerfile, context, args, platforms, target and the buildIds or pins of all references. */
  readonly buildId: string;
  /** Of what the build sees of the context. */
  readonly contextHash: string;
  readonly dockerfile: GeneratedDockerfile;
  readonly namedContexts: readonly NamedContext[];
  /** Logical name of the image that the target stage stands on at last (`python`, `pool/debian`, `docker.io/library/nginx`), or undefined for scratch. */
  readonly base?: NamedContext;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly revision: Revision;
  /** All labels but those that need a digest known only when the base is built. */
  readonly labels: Readonly<Record<string, string>>;
}

/** A pool image that has to be in the registry before the images that name it. */
export interface PlannedPool {
  readonly name: string;
  readonly lockFile: string;
  readonly digest: string;
}

/** All that is to be built, every image after what it stands on (by wave, then id). */
export interface BuildPlan {
  readonly pools: readonly PlannedPool[];
  readonly images: readonly PlannedImage[];
  /** Images that exist but are left out, with the reason (e.g. `runner: gpu`). */
  readonly leftOut: readonly { readonly id: string; readonly reason: string }[];
}
