import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import type { ImageGraph, VariantNode } from "../../domain/graph/types.js";
import { adopt, built } from "../../domain/state/transitions.js";
import type { Build, ImageState, StandsOn } from "../../domain/state/types.js";
import { contentsOfPlatforms } from "../../domain/watch/contents.js";
import { checkpointFile, projectName, STACK } from "../engine/workspace.js";
import { defaultDataDir, projectRoot } from "../project.js";

/** A release as the engine's state has it: the digest that dependents are built on. */
export interface Released {
  readonly id: string;
  readonly build: Omit<Build, "at">;
  readonly platforms: readonly string[];
  /** The first of its tags. */
  readonly tag: string;
}

const resource = z.object({
  type: z.string(),
  urn: z.string(),
  outputs: z.record(z.string(), z.unknown()).default({}),
});
const deployment = z.object({ resources: z.array(z.unknown()).default([]) }).nullish();
const checkpoint = z.object({ checkpoint: z.object({ latest: z.unknown() }) });
const image = z.object({
  digest: z.string(),
  buildArgs: z.record(z.string(), z.unknown()).default({}),
  context: z.object({ named: z.record(z.string(), z.object({ location: z.string() })).default({}) }),
});
const release = z.object({
  digest: z.string(),
  tags: z.array(z.string()),
  released: z.array(z.object({ platform: z.string(), digest: z.string() })),
});

/** What is released by a stack's checkpoint on this machine; see `releasedOf`. */
export function readReleased(stateFile: string, graph: Pick<ImageGraph, "nodes">): readonly Released[] {
  if (!existsSync(stateFile)) return [];
  return releasedOf(checkpoint.parse(JSON.parse(readFileSync(stateFile, "utf8"))).checkpoint.latest, graph);
}

/**
 * Every image of the graph that is released, and what exactly it stands on: whoever ran the engine, and whether or not it lived
 * to tell. An image whose last build was not released is left out: what its release stands on is known from before.
 *
 * @param state a deployment, as `pulumi stack export` gives it
 */
export function releasedOf(state: unknown, graph: Pick<ImageGraph, "nodes">): readonly Released[] {
  const outputs = new Map<string, unknown>();
  for (const each of deployment.parse(state)?.resources ?? []) {
    const { data } = resource.safeParse(each);
    if (data !== undefined) outputs.set(data.urn.slice(data.urn.lastIndexOf("::") + 2), data.outputs);
  }
  return graph.nodes.flatMap((node) => {
    const builtImage = image.safeParse(outputs.get(`${node.id}-image`)).data;
    const released = release.safeParse(outputs.get(`${node.id}-release`)).data;
    if (builtImage === undefined || released === undefined || released.tags.length === 0) return [];
    if (builtImage.digest !== released.digest) return [];
    const { named } = builtImage.context;
    const pins = pinsIn(named);
    const { IMAGE_FACTORY_SOURCE: source } = builtImage.buildArgs;
    const pools = node.dependencies.flatMap((each) =>
      each.kind === "pool" ? (pins.get(familiarOf(each.reference)) ?? []) : [],
    );
    const materials = [...new Set([...released.released.map(({ digest }) => digest), ...pools])].sort();
    const build = {
      digest: released.digest,
      contents: contentsOfPlatforms(released.released),
      ...(typeof source === "string" ? { source } : {}),
      on: basesOf(node, pins),
      materials,
    };
    const platforms = released.released.map(({ platform }) => platform).sort();
    return [{ id: node.id, build, platforms, tag: released.tags.at(-1) ?? "" }];
  });
}

/** The state with a release in it, and as what the image means now. One that is known already changes nothing. */
export function withRelease(
  state: ImageState,
  { build, platforms, tag }: Released,
  at: string,
  cause: string,
): ImageState {
  const next = built(state, { ...build, at }, tag, platforms);
  return adopt(next, {
    digest: build.digest,
    tag: next.adopted?.digest === build.digest ? next.adopted.tag : tag,
    platforms,
    at,
    cause,
  });
}

/** What the images and bases were, by image; sorted. Mixins are files of this repository: `source` covers them. */
function basesOf({ dependencies }: VariantNode, pins: ReadonlyMap<string, string>): readonly StandsOn[] {
  const on = new Map<string, string>();
  for (const dependency of dependencies) {
    if (dependency.kind === "pool" || dependency.kind === "mixin") continue;
    const digest = pins.get(familiarOf(dependency.reference));
    if (digest !== undefined) on.set(dependency.kind === "managed" ? dependency.id : dependency.name, digest);
  }
  return [...on]
    .map(([name, digest]) => ({ image: name, digest }))
    .sort((left, right) => (left.image < right.image ? -1 : 1));
}

function familiarOf({ resolution }: VariantNode["dependencies"][number]["reference"]): string {
  return resolution.kind === "image" ? resolution.familiar : "";
}

/** Digests by the name of their named context: of `docker-image://repository@sha256:...`, which no folder is. */
function pinsIn(named: Readonly<Record<string, { readonly location: string }>>): ReadonlyMap<string, string> {
  const images = Object.entries(named).filter(([, { location }]) => location.startsWith("docker-image://"));
  return new Map(images.map(([name, { location }]) => [name, location.slice(location.indexOf("@") + 1)]));
}

/** The same of the stack `local` of this checkout; other stacks keep the engine's state elsewhere. */
export function releasedHere(
  { stack }: { readonly stack: string },
  graph: Pick<ImageGraph, "nodes">,
): readonly Released[] {
  if (stack !== STACK) return [];
  return readReleased(checkpointFile(defaultDataDir, projectName(projectRoot)), graph);
}
