import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Catalogue, ManagedImage } from "../domain/catalogue/types.js";
import type { Dockerfile, Reference } from "../domain/dockerfile/types.js";
import { buildGraph } from "../domain/graph/build.js";
import { buildPlan, type PlanInputs } from "../domain/plan/build-plan.js";
import type { ImageSource } from "../domain/plan/sources.js";
import type { Revision } from "../domain/plan/types.js";
import { timingOf } from "./rounds.js";
import type { BenchRow } from "./types.js";

const IMAGES = 100_000;
const BASES = 1_000;
const ROUNDS = 9;
const GOAL_MS = 1_000;
const GOAL_BYTES = 2 ** 30;

/** A plan for 100,000 images, from a graph that is there already; the resident memory is the whole process's. */
export async function benchPlan(): Promise<readonly BenchRow[]> {
  const inputs = syntheticInputs(IMAGES);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    collect(); // What the round before left is not this one's,
    await delay(200); // nor is the sweeping that goes on after it.
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
  const dockerfiles = new Map<string, Dockerfile>();
  const sources = new Map<string, ImageSource>();
  const revisions = new Map<string, Revision>();
  for (let index = 0; index < count; index++) {
    const image = syntheticImage(index);
    const parents = index < BASES ? (index % 3 === 0 ? [] : [index - 1]) : parentsOf(index);
    const dockerfile = syntheticDockerfile(image.dockerfile, parents.map(nameOf));
    images.push(image);
    dockerfiles.set(image.name, dockerfile);
    const from = dockerfile.references.map(({ written }) => `FROM ${written}`).join("\n");
    sources.set(image.name, {
      dockerfile: `${from}\nCOPY app-${index} /app\n`,
      ignore: `**\n!app-${index}\n`,
      contextHash: image.name,
      contextPaths: [],
      mixinHashes: new Map(),
    });
    revisions.set(image.directory, { commit: "0".repeat(40), epoch: 1_700_000_000 + index, dirty: false });
  }
  const catalogue: Catalogue = {
    images,
    mixins: [],
    externals: [],
    remotes: [],
    includes: [],
    defaults: { platforms: ["linux/amd64"], rebuild: { delayMs: 0, autoRebuild: true } },
  };
  return {
    catalogue,
    graph: buildGraph(catalogue, dockerfiles).value,
    pins: new Map(),
    settings: { stack: "local", source: "https://git.example/factory", with: [], only: [] },
    sources,
    revisions: { byDirectory: revisions, cutOff: [], ignored: new Set() },
  };
}

/** Numbers of one width, so that images come in the order of their names, as folders are read. */
function nameOf(index: number): string {
  return `image-${String(index).padStart(5, "0")}`;
}

function parentsOf(index: number): readonly number[] {
  return [...new Set([index % BASES, (index * 7) % BASES, (index * 13) % BASES])].slice(0, 1 + (index % 3));
}

function syntheticDockerfile(file: string, parents: readonly string[]): Dockerfile {
  const references = parents.length === 0 ? [scratch(file)] : parents.map((name, at) => reference(file, at + 1, name));
  const [from = scratch(file)] = references;
  const stages = [{ index: 0, from, instructions: [], place: from.place }];
  return { file, escape: "\\", stages, references, args: [] };
}

function scratch(file: string): Reference {
  const resolution = { kind: "scratch" } as const;
  return { place: { file, line: 1 }, instruction: "FROM", stage: 0, written: "scratch", resolution };
}

function reference(file: string, line: number, name: string): Reference {
  const written = `factory.invalid/${name}`;
  const resolution = { kind: "image", name: `${written}:latest`, familiar: written } as const;
  return { place: { file, line }, instruction: "FROM", stage: 0, written, resolution };
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
    compression: "gzip",
    rebuild: { delayMs: 0, autoRebuild: true },
    labels: {},
    mixins: [],
    secrets: [],
  };
}
