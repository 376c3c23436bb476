import { performance } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { ManagedImage } from "../domain/catalogue/types.js";
import type { Dockerfile, Reference } from "../domain/dockerfile/types.js";
import type { Dependency, ImageGraph, VariantNode } from "../domain/graph/types.js";
import { buildPlan, type PlanInputs } from "../domain/plan/build-plan.js";
import type { ImageSource } from "../domain/plan/sources.js";
import type { Revision } from "../domain/plan/types.js";
import { timingOf } from "./rounds.js";
import type { BenchRow } from "./types.js";

const IMAGES = 100_000;
const BASES = 1_000;
const ROUNDS = 5;
const GOAL_MS = 1_000;
const GOAL_BYTES = 2 ** 30;

/** A plan for 100,000 images, from a graph that is there already; the resident memory is the whole process's. */
export async function benchPlan(): Promise<readonly BenchRow[]> {
  const inputs = syntheticInputs(IMAGES);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    collect(); // What the round before left is not this one's.
    const start = performance.now();
    const { images } = buildPlan(inputs).value;
    times.push(performance.now() - start);
    if (images.length !== IMAGES) throw new Error(`planned ${images.length} of ${IMAGES} images`);
  }
  const bytes = process.resourceUsage().maxRSS * 1024;
  const ours = timingOf(times);
  return [
    {
      name: `plan for ${IMAGES.toLocaleString("en")} images`,
      ours,
      result: `${Math.round(ours.min)} ms, ${Math.round(bytes / 2 ** 20)} MiB`,
      goal: { text: "under 1 s and 1 GiB", met: ours.min < GOAL_MS && bytes < GOAL_BYTES },
      notes: "from a graph that is there already; memory is the peak of the whole process",
    },
  ];
}

function collect(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
}

/** Bases in chains of three, and images that stand on up to three of them. */
function syntheticInputs(count: number): PlanInputs {
  const images: ManagedImage[] = [];
  const nodes: VariantNode[] = [];
  const sources = new Map<string, ImageSource>();
  const revisions = new Map<string, Revision>();
  for (let index = 0; index < count; index++) {
    const image = syntheticImage(index);
    const parents = index < BASES ? (index % 3 === 0 ? [] : [index - 1]) : parentsOf(index);
    const references = parents.map((parent, at) => reference(image.dockerfile, at + 1, nameOf(parent)));
    const dependencies = references.map(
      (to, at): Dependency => ({ kind: "managed", id: nameOf(parents[at] ?? 0), reference: to }),
    );
    const { place } = image;
    const scratch: Reference = {
      place: { ...place, line: 1 },
      instruction: "FROM",
      stage: 0,
      written: "scratch",
      resolution: { kind: "scratch" },
    };
    const from = references[0] ?? scratch;
    const dockerfile: Dockerfile = {
      file: image.dockerfile,
      escape: "\\",
      stages: [{ index: 0, from, instructions: [], place: from.place }],
      references: references.length === 0 ? [scratch] : references,
      args: [],
    };
    images.push(image);
    nodes.push({ id: image.name, image, variant: firstVariant(image), dockerfile, target: 0, dependencies });
    const text = `${references.map(({ written }) => `FROM ${written}`).join("\n")}\nCOPY app-${index} /app\n`;
    sources.set(image.name, {
      dockerfile: text,
      ignore: `**\n!app-${index}\n`,
      contextHash: nameOf(index),
      contextPaths: [],
    });
    revisions.set(image.directory, { commit: "0".repeat(40), epoch: 1_700_000_000 + index, dirty: false });
  }
  const graph: ImageGraph = { nodes, dependents: new Map(), externals: [] };
  return {
    catalogue: { images },
    graph,
    pins: new Map(),
    settings: { stack: "local", source: "https://git.example/factory", with: [], only: [] },
    sources,
    revisions: { byDirectory: revisions, cutOff: [], ignored: new Set() },
  };
}

const names: string[] = [];

/** One text for each name, as a catalogue and a graph share them. */
function nameOf(index: number): string {
  names[index] ??= `image-${index}`;
  return names[index];
}

function parentsOf(index: number): readonly number[] {
  return [...new Set([index % BASES, (index * 7) % BASES, (index * 13) % BASES])].slice(0, 1 + (index % 3));
}

function reference(file: string, line: number, name: string): Reference {
  const written = `factory.invalid/${name}`;
  const resolution = { kind: "image", name: `${written}:latest`, familiar: written } as const;
  return { place: { file, line }, instruction: "FROM", stage: 0, written, resolution };
}

function firstVariant(image: ManagedImage) {
  const [variant] = image.variants;
  if (variant === undefined) throw new Error(`${image.name} has no variant`);
  return variant;
}

function syntheticImage(index: number): ManagedImage {
  const name = nameOf(index);
  const directory = `images/${name}`;
  const place = { file: `${directory}/Dockerfile` };
  return {
    kind: index < BASES ? "base" : "application",
    name,
    directory,
    dockerfile: place.file,
    place,
    platforms: ["linux/amd64", "linux/arm64"],
    variants: [{ name: "", args: {}, place }],
    tags: { channel: true, commit: true },
    runner: "cpu",
    rebuild: { delayMs: 0, autoRebuild: true },
    labels: {},
    secrets: [],
  };
}
