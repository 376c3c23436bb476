import { bytes, fleetImage } from "../test/support/fleet.js";
import { fleetOf, withFleet } from "./fleet-project.js";
import { isBuilt } from "./one-file.js";
import { takeTurns, timingOf } from "./rounds.js";
import type { BenchRow } from "./types.js";

const IMAGES = 100;
const ROUNDS = 3;
const TIMES_BAKE = 2.3;

/** The base of 100 images changes: until all of them are in quarantine on the new base, against one `buildx bake` of all. */
export function benchBaseChange(): Promise<readonly BenchRow[]> {
  return withFleet(IMAGES, async (project) => {
    const { baseBytes } = fleetOf(IMAGES);
    const change = (seed: string) => project.write({ "bases/fleet-base/payload": bytes(seed, baseBytes) });
    // By hand the pins would be written twice; bake can build dependents on its own target, which is its best way.
    const pinned = new RegExp(`docker-image://${project.services.registry}/fleet-base@sha256:[0-9a-f]{64}`, "g");
    await project.writeBakeFile((text) => text.replaceAll(pinned, "target:fleet-base"));
    const whole: number[] = [];
    const times = await takeTurns(ROUNDS, {
      ours: async (round) => {
        change(`ours ${round}`);
        const waiting = new Set(Array.from({ length: IMAGES }, (_, index) => fleetImage(index)));
        const start = performance.now();
        let built = Number.NaN;
        await project.update((event) => {
          for (const id of waiting) {
            if (isBuilt(event, id)) waiting.delete(id);
          }
          if (waiting.size === 0 && Number.isNaN(built)) built = performance.now() - start;
        });
        whole.push(performance.now() - start);
        return built;
      },
      bake: async (round) => {
        change(`bake ${round}`);
        return project.bakeTime();
      },
    });
    const released = timingOf(whole);
    return [
      {
        name: `one base of ${IMAGES} images changed, until all are in quarantine`,
        ours: times.ours,
        reference: times.bake,
        result: `${(times.ours.min / times.bake.min).toFixed(2)} times bake`,
        goal: { text: `at most ${TIMES_BAKE} times bake`, met: times.ours.min <= TIMES_BAKE * times.bake.min },
        notes:
          "pulumi up --skip-preview without the pack, releases going on meanwhile; bake builds on its own target of the base",
      },
      {
        name: "  until all are released, and the engine has ended",
        ours: released,
        reference: times.bake,
        result: `${(released.min / times.bake.min).toFixed(2)} times bake`,
        notes: "bake releases nothing",
      },
    ];
  });
}
