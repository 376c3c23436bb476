import { FaultingProxy } from "../test/support/faulting-proxy.js";
import { writeFleet } from "../test/support/fleet.js";
import { evidenceTools } from "../test/support/project.js";
import { withServices } from "../test/support/with-services.js";
import { BenchProject } from "./fleet-project.js";
import { takeTurns } from "./rounds.js";
import type { BenchRow } from "./types.js";

const IMAGES = 100;
const ROUNDS = 5;
const TIMES_WITHOUT = 1.4;

/** Small: the size of images counts while their evidence is made, and no more when nothing changed. */
const fleet = { images: IMAGES, baseBytes: 1_000, imageBytes: 1_000, platforms: ["linux/amd64"] };

/** Nothing changed: a fleet with evidence against the same fleet without, and what the first one writes to its registry. */
export function benchEvidenceNoChange(): Promise<readonly BenchRow[]> {
  return withServices(
    async (services) => {
      const proxy = await FaultingProxy.start(services.registry);
      try {
        const behindProxy = { ...services, registry: proxy.address };
        const proved = await published(new BenchProject(behindProxy, "proved", { evidence: true }));
        const bare = await published(new BenchProject(services, "bare"));
        let writes = 0;
        proxy.fault = ({ method }) => {
          if (!["GET", "HEAD"].includes(method)) writes += 1;
          return undefined;
        };
        const times = await takeTurns(
          ROUNDS,
          {
            previewProved: () => proved.previewTime(),
            previewBare: () => bare.previewTime(),
            upProved: () => proved.updateTime(),
            upBare: () => bare.updateTime(),
          },
          () => proved.settled(),
        );
        const row = (operation: "preview" | "up", notes: string): BenchRow => {
          const ours = times[`${operation}Proved`];
          const reference = times[`${operation}Bare`];
          const ratio = ours.min / reference.min;
          return {
            name: `nothing changed, ${IMAGES} images with evidence: ${operation}`,
            ours,
            reference,
            result: `${ratio.toFixed(2)} times the same without evidence, ${writes} writes to the registry`,
            goal: { text: `at most ${TIMES_WITHOUT} times, and no write`, met: ratio <= TIMES_WITHOUT && writes === 0 },
            notes,
          };
        };
        return [row("preview", "without the pack"), row("up", "without the pack, and without its preview")];
      } finally {
        await proxy.stop();
      }
    },
    { tools: evidenceTools },
  );
}

async function published(project: BenchProject): Promise<BenchProject> {
  await writeFleet(project.root, fleet);
  project.commit();
  await project.update();
  return project;
}
