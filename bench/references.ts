import { performance } from "node:perf_hooks";
import { parseDockerfile } from "../domain/dockerfile/parse.js";
import type { Dockerfile } from "../domain/dockerfile/types.js";
import { buildGraph } from "../domain/graph/build.js";
import type { ImageGraph } from "../domain/graph/types.js";
import { type DockerfileFleet, generateFleet } from "../test/support/dockerfile-fleet.js";
import { parseWithAst } from "./ast-references.js";
import { takeTurns } from "./rounds.js";
import type { BenchRow } from "./types.js";

const DOCKERFILES = 10_000;
const ROUNDS = 3;
const TIMES_AS_FAST = 3;

/** 10,000 Dockerfiles to a graph: our reader against dockerfile-ast, taking turns; both must find the same edges. */
export async function benchReferences(): Promise<readonly BenchRow[]> {
  const fleet = generateFleet(DOCKERFILES);
  const bytes = [...fleet.texts.values()].reduce((sum, text) => sum + text.length, 0);
  const edges = { ours: "", reference: "" };
  const { ours, reference } = await takeTurns(ROUNDS, {
    ours: async () => {
      const { value, milliseconds } = measure(() => graphOf(fleet, (text, file) => parseDockerfile(text, file).value));
      edges.ours = edgesOf(value);
      return milliseconds;
    },
    reference: async () => {
      const { value, milliseconds } = measure(() => graphOf(fleet, parseWithAst));
      edges.reference = edgesOf(value);
      return milliseconds;
    },
  });
  const sameEdges = edges.ours === edges.reference;
  const ratio = reference.min / ours.min;
  return [
    {
      name: `${DOCKERFILES.toLocaleString("en")} Dockerfiles to a graph`,
      ours,
      reference,
      result: `${ratio.toFixed(1)} times as fast, ${sameEdges ? "same edges" : "EDGES DIFFER"}`,
      goal: {
        text: `at least ${TIMES_AS_FAST} times as fast as dockerfile-ast, with the same edges`,
        met: sameEdges && ratio >= TIMES_AS_FAST,
      },
      notes: `${(bytes / DOCKERFILES / 1000).toFixed(1)} kB a file`,
    },
  ];
}

function graphOf({ catalogue, texts }: DockerfileFleet, parse: (text: string, file: string) => Dockerfile): ImageGraph {
  const dockerfiles = new Map<string, Dockerfile>();
  for (const [name, text] of texts) dockerfiles.set(name, parse(text, `images/${name}/Dockerfile`));
  return buildGraph(catalogue, dockerfiles).value;
}

function edgesOf({ nodes }: ImageGraph): string {
  return nodes
    .flatMap(({ id, dependencies }) =>
      dependencies.map(({ reference: { place, resolution } }) => `${id} ${place.line} ${JSON.stringify(resolution)}`),
    )
    .join("\n");
}

function measure<T>(work: () => T): { readonly value: T; readonly milliseconds: number } {
  const start = performance.now();
  const value = work();
  return { value, milliseconds: performance.now() - start };
}
