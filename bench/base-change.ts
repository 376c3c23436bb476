import { readFileSync } from "node:fs";
import path from "node:path";
import { bytes, fleetImage } from "../test/support/fleet.js";
import { type BenchProject, fleetOf, withFleet } from "./fleet-project.js";
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
    const whole: number[] = [];
    const times = await takeTurns(
      ROUNDS,
      {
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
          return bakeOnNewBase(project);
        },
      },
      () => project.settled(),
    );
    const released = timingOf(whole);
    return [
      {
        name: `one base of ${IMAGES} images changed, until all are in quarantine`,
        ours: times.ours,
        reference: times.bake,
        result: `${(times.ours.min / times.bake.min).toFixed(2)} times bake`,
        goal: { text: `at most ${TIMES_BAKE} times bake`, met: times.ours.min <= TIMES_BAKE * times.bake.min },
        notes:
          "pulumi up --skip-preview without the pack, releases going on meanwhile; bake builds the base, and then the rest on its digest",
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

/** What one does by hand: bake the base, write its new digest down, bake the rest on it. */
async function bakeOnNewBase(project: BenchProject): Promise<number> {
  const metadata = path.join(project.services.dataDir, "metadata.json");
  const digests = new Map(await project.digests());
  await project.writeBakeFile(digests);
  const base = await project.bakeTime("fleet-base", "--metadata-file", metadata);
  const built = JSON.parse(readFileSync(metadata, "utf8"));
  digests.set("fleet-base", built["fleet-base"]["containerimage.digest"]);
  const { registry } = project.services;
  const fromQuarantine = (text: string) =>
    text.replaceAll(`//${registry}/fleet-base@`, `//${registry}/candidate/fleet-base@`);
  await project.writeBakeFile(digests, fromQuarantine);
  return base + (await project.bakeTime(...Array.from({ length: IMAGES }, (_, index) => fleetImage(index))));
}
