import { exportSpec } from "../domain/render/bake.js";
import { writeLayered } from "../test/support/layered.js";
import { withProject } from "./fleet-project.js";
import { bareBuild, isBuilt } from "./one-file.js";
import { takeTurns } from "./rounds.js";
import type { BenchRow } from "./types.js";

const ROUNDS = 4;
const ALLOWED = 1.15;
const platforms = ["linux/amd64", "linux/arm64"];
/** As the devcontainer has it: 650 MB below, two layers of 33 MB and its own files; the base is smaller, since nothing rewrites it. */
const shape = { base: 20_000_000, layer: 33_000_000, platforms };

/** A file of the top layer of an image like the devcontainer changes: until in quarantine, against a bare build. */
export function benchDevcontainer(): Promise<readonly BenchRow[]> {
  return withProject("layers", async (project) => {
    writeLayered(project, shape);
    await project.update();
    const build = await bareBuild(project, "work");
    const { registry } = project.services;
    const output = exportSpec(registry, "work", "zstd");
    const asGzip = build.map((argument) => (argument === output ? exportSpec(registry, "work", "gzip") : argument));
    const change = (text: string) => project.write({ "images/work/home/healthcheck.sh": text });
    const times = await takeTurns(
      ROUNDS,
      {
        ours: async (round) => {
          change(`ours ${round}`);
          const start = performance.now();
          let built = Number.NaN;
          await project.update((event) => {
            if (isBuilt(event, "work")) built = performance.now() - start;
          });
          return built;
        },
        buildctl: async (round) => {
          change(`buildctl ${round}`);
          return project.buildctlTime(...build);
        },
        gzip: async (round) => {
          change(`gzip ${round}`);
          return project.buildctlTime(...asGzip);
        },
      },
      () => project.settled(),
    );
    const ratio = times.ours.min / times.buildctl.min;
    const added = ((times.ours.min - times.buildctl.min) / 1000).toFixed(2);
    return [
      {
        name: "top layer of an image like the devcontainer changed, until in quarantine",
        ours: times.ours,
        reference: times.buildctl,
        result: `${ratio.toFixed(2)} times, + ${added} s`,
        goal: { text: `at most ${ALLOWED} times buildctl`, met: ratio <= ALLOWED },
        notes: "two platforms, 66 MB of layers above the base; the same exporter on both sides",
      },
      {
        name: "  against buildctl with its own compression",
        ours: times.ours,
        reference: times.gzip,
        result: `${(times.ours.min / times.gzip.min).toFixed(2)} times`,
        notes: "gzip, where the image has zstd",
      },
    ];
  });
}
