import { buildCatalogue, builtInDefaults } from "../../domain/catalogue/build.js";
import type { ImageFolder } from "../../domain/catalogue/files.js";
import type { MixinFolder } from "../../domain/catalogue/mixin.js";
import { type Catalogue, type PoolLockSummary, variantId } from "../../domain/catalogue/types.js";
import { parseDockerfile } from "../../domain/dockerfile/parse.js";
import { buildGraph } from "../../domain/graph/build.js";
import type { ImageGraph } from "../../domain/graph/types.js";
import type { Pins } from "../../domain/pins/types.js";
import { buildPlan, type PlanInputs } from "../../domain/plan/build-plan.js";
import type { Revisions } from "../../domain/plan/revisions.js";
import type { ImageSource, Sources } from "../../domain/plan/sources.js";
import type { BuildPlan, PlannedImage } from "../../domain/plan/types.js";
import { valueOrThrow } from "../../domain/problems.js";
import { files } from "../catalogue/fixtures.js";

/** A folder of an image in memory. */
export interface TestImage {
  readonly folder: ImageFolder;
  readonly dockerfile: string;
  /** Stands for the content of its context. Default: the image's name. */
  readonly context?: string;
  readonly lock?: PoolLockSummary;
}

export const digestOf = (letter: string): string => `sha256:${letter.repeat(64)}`;

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** The catalogue and the graph of some images; throws for whatever is wrong with them. */
export function project(
  images: readonly TestImage[],
  mixins: readonly MixinFolder[] = [],
): { readonly catalogue: Catalogue; readonly graph: ImageGraph } {
  const texts = new Map(images.map(({ folder, dockerfile }) => [folder.name, dockerfile]));
  const locks = new Map(images.map(({ folder, lock }) => [folder.name, lock]));
  const enrolled = valueOrThrow(
    "catalogue",
    buildCatalogue({ ...files(images.map(({ folder }) => folder)), mixins }, builtInDefaults),
  );
  const catalogue = {
    ...enrolled,
    images: enrolled.images.map((image) => {
      const lock = locks.get(image.name);
      return lock === undefined ? image : { ...image, lock };
    }),
  };
  const dockerfiles = new Map(
    catalogue.images.flatMap((image) =>
      image.variants.map((variant) => {
        const text = texts.get(image.name) ?? "";
        const parsed = parseDockerfile(text, image.dockerfile, variant.args, image.platforms);
        return [variantId(image, variant), valueOrThrow(image.dockerfile, parsed)] as const;
      }),
    ),
  );
  return { catalogue, graph: valueOrThrow("graph", buildGraph(catalogue, dockerfiles)) };
}

export function planInputs(images: readonly TestImage[], changes: Partial<PlanInputs> = {}): PlanInputs {
  const { catalogue, graph } = project(images);
  return {
    catalogue,
    graph,
    pins: pinsOf(graph),
    settings: { stack: "local", source: "https://git.example/factory", with: [], only: [] },
    sources: sourcesOf(graph, images),
    revisions: revisionsOf(graph),
    ...changes,
  };
}

export function plan(images: readonly TestImage[], changes: Partial<PlanInputs> = {}): BuildPlan {
  return valueOrThrow("plan", buildPlan(planInputs(images, changes)));
}

export function planned(from: BuildPlan, id: string): PlannedImage {
  const image = from.images.find((each) => each.id === id);
  if (image === undefined)
    throw new Error(`no "${id}" in the plan of ${from.images.map((each) => each.id).join(", ")}`);
  return image;
}

/** The buildIds of a plan by image. */
export function buildIds({ images }: BuildPlan): Readonly<Record<string, string>> {
  return Object.fromEntries(images.map(({ id, buildId }) => [id, buildId]));
}

function pinsOf({ externals }: ImageGraph): Pins {
  return new Map(
    externals.map((name) => {
      const colon = name.lastIndexOf(":");
      return [name, { repository: name.slice(0, colon), digest: digestOf("e"), platforms: ["linux/amd64"] }];
    }),
  );
}

function sourcesOf({ nodes }: ImageGraph, images: readonly TestImage[]): Sources {
  const byName = new Map(images.map((image) => [image.folder.name, image]));
  return new Map(
    nodes.map(({ id, image }): [string, ImageSource] => {
      const { dockerfile = "", context = image.name } = byName.get(image.name) ?? {};
      return [id, { dockerfile, ignore: "**\n", contextHash: context, contextPaths: [], mixinHashes: new Map() }];
    }),
  );
}

function revisionsOf({ nodes }: ImageGraph): Revisions {
  const revision = { commit: COMMIT, epoch: 1_700_000_000, dirty: false };
  return {
    byDirectory: new Map(nodes.map(({ image }) => [image.directory, revision])),
    cutOff: [],
    ignored: new Set(),
  };
}
