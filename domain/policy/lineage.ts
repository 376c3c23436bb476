import type { Platform } from "../catalogue/types.js";
import type { Dockerfile, Reference, Stage } from "../dockerfile/types.js";

/** What is known of an image that a Dockerfile stands on. */
export type BaseImage =
  | { readonly kind: "built"; readonly dockerfile: Dockerfile; readonly target: number }
  /** An image without any configuration, such as a pool image. */
  | { readonly kind: "empty" };

/** Finds a base by the normalised name in the Dockerfile; undefined for an image that is not ours. */
export type FindBase = (name: string) => BaseImage | undefined;

/** The stages that an image inherits its configuration from: the target first, then what each one stands on, across images. */
export interface Lineage {
  readonly stages: readonly Stage[];
  readonly end:
    | { readonly kind: "empty" }
    /** What lies below cannot be seen from here. */
    | { readonly kind: "unseen"; readonly reference: Reference; readonly reason: string };
}

/** One lineage for each platform; a single one where they do not differ. */
export function lineagesOf(
  dockerfile: Dockerfile,
  target: number,
  platforms: readonly Platform[],
  findBase: FindBase,
): readonly Lineage[] {
  const found = new Map<string, Lineage>();
  for (const platform of platforms.length === 0 ? [""] : platforms) {
    const lineage = lineageOf(dockerfile, target, platform, findBase);
    found.set(lineage.stages.map(({ place, from }) => `${place.file}:${place.line}:${describe(from)}`).join(), lineage);
  }
  return [...found.values()];
}

/** Follows FROM from the target down to scratch, to an image without configuration, or to where nothing more can be known. */
function lineageOf(dockerfile: Dockerfile, target: number, platform: Platform, findBase: FindBase): Lineage {
  const stages: Stage[] = [];
  let current = readingFor(dockerfile, platform);
  let index = target;
  for (;;) {
    const stage = current.stages[index];
    if (stage === undefined) throw new RangeError(`${current.file} has no stage ${index}`);
    const { from } = stage;
    if (stages.includes(stage)) return { stages, end: unseen(from, "the images stand on each other in a circle") };
    stages.push(stage);

    const { resolution } = from;
    if (resolution.kind === "scratch") return { stages, end: { kind: "empty" } };
    if (resolution.kind === "unresolved") return { stages, end: unseen(from, resolution.reason) };
    if (resolution.kind === "stage") {
      index = resolution.stage;
      continue;
    }
    const base = findBase(resolution.name);
    if (base === undefined) return { stages, end: unseen(from, `${resolution.familiar} is not built here`) };
    if (base.kind === "empty") return { stages, end: { kind: "empty" } };
    current = readingFor(base.dockerfile, platform);
    index = base.target;
  }
}

function readingFor(dockerfile: Dockerfile, platform: Platform): Dockerfile {
  return dockerfile.perPlatform?.find((reading) => reading.platform === platform)?.dockerfile ?? dockerfile;
}

function describe({ resolution }: Reference): string {
  return resolution.kind === "image" ? resolution.name : resolution.kind;
}

function unseen(reference: Reference, reason: string): Lineage["end"] {
  return { kind: "unseen", reference, reason };
}
