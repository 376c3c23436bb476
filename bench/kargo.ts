import { performance } from "node:perf_hooks";
import { kargoFiles, renderKargoFile } from "../domain/kargo/render.js";
import { kargoSchema } from "../domain/kargo/settings.js";
import { timingOf } from "./rounds.js";
import type { BenchRow } from "./types.js";

const WAREHOUSES = 5_000;
const GOAL_MS = 5_000;
const ROUNDS = 5;

/** From what is watched to the text of every file, each document checked against our models. */
export async function benchKargo(): Promise<readonly BenchRow[]> {
  const settings = kargoSchema.parse({
    project: "bench",
    repository: "https://git.example.com/images",
    image: `registry.example.com/factory@sha256:${"1".repeat(64)}`,
    dispatch: "https://git.example.com/dispatches",
  });
  const watched = Array.from({ length: WAREHOUSES }, (_, index) => {
    const repoURL = `registry.example.com/team-${index % 50}/image-${index}`;
    return { image: `${repoURL}:1`, repository: { repoURL, allowTags: index % 2 === 0 ? "^1$" : "^1\\.2\\.\\d+$" } };
  });
  const times: number[] = [];
  let bytes = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now();
    bytes = 0;
    for (const file of kargoFiles(watched, settings)) bytes += renderKargoFile(file).length;
    times.push(performance.now() - start);
  }
  const ours = timingOf(times);
  return [
    {
      name: `render ${WAREHOUSES.toLocaleString("en")} Warehouses with their Stages`,
      ours,
      result: `${(ours.min / 1000).toFixed(2)} s, ${(bytes / 1e6).toFixed(1)} MB`,
      goal: { text: "under 5 s", met: ours.min < GOAL_MS },
      notes: "in memory, each document checked against our models; writing the files is left out",
    },
  ];
}
