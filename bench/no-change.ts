import { withFleet } from "./fleet-project.js";
import { takeTurns } from "./rounds.js";
import type { BenchRow } from "./types.js";

const IMAGES = 100;
const ROUNDS = 5;
const TIMES_BAKE = 1.4;

/** Nothing changed: `pulumi preview` of a built fleet against `buildx bake` of the same targets, all cached. */
export function benchNoChange(): Promise<readonly BenchRow[]> {
  return withFleet(IMAGES, async (project) => {
    await project.writeBakeFile(await project.digests());
    // The first bake is not compared: it has to fetch the base.
    await project.bakeTime();
    const times = await takeTurns(
      ROUNDS,
      {
        preview: () => project.previewTime(),
        pack: () => project.previewTime("--policy-pack", "policy-pack"),
        bake: () => project.bakeTime(),
        bakeOnly: () => project.bakeTime("--set", "*.output=type=cacheonly"),
      },
      () => project.settled(),
    );
    const row = (name: string, side: "preview" | "pack", reference: "bake" | "bakeOnly"): BenchRow => ({
      name,
      ours: times[side],
      reference: times[reference],
      result: `${(times[side].min / times[reference].min).toFixed(2)} times bake`,
      notes: "",
    });
    const main = row(`nothing changed, ${IMAGES} images`, "preview", "bake");
    return [
      {
        ...main,
        goal: {
          text: `at most ${TIMES_BAKE} times bake`,
          met: times.preview.min <= TIMES_BAKE * times.bake.min,
        },
        notes: `pulumi preview without the pack; buildx bake of the generated docker-bake.hcl, with its push`,
      },
      { ...row("  the same with the policy pack", "pack", "bake") },
      { ...row("  against bake without any output", "preview", "bakeOnly") },
    ];
  });
}
