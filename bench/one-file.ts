import path from "node:path";
import { exportSpec, pinOf } from "../domain/render/bake.js";
import { bytes, fleetImage } from "../test/support/fleet.js";
import { type EngineEvent, nameOf } from "../tools/engine/events.js";
import { type BenchProject, fleetOf, withFleet } from "./fleet-project.js";
import { takeTurns, timingOf } from "./rounds.js";
import type { BenchRow } from "./types.js";

const IMAGES = 10;
const ROUNDS = 5;
const ALLOWED_MS = 3_000;

/** One file of one image of ten changes: until the engine says that the new digest is in quarantine, against a bare build. */
export function benchOneFile(): Promise<readonly BenchRow[]> {
  return withFleet(IMAGES, async (project) => {
    const name = fleetImage(3);
    const { imageBytes } = fleetOf(IMAGES);
    const change = (seed: string) => project.write({ [`images/${name}/app`]: bytes(seed, imageBytes) });
    const build = await bareBuild(project, name);
    const whole: number[] = [];
    const solves: number[] = [];
    const times = await takeTurns(
      ROUNDS,
      {
        ours: async (round) => {
          change(`ours ${round}`);
          const before = await project.solves();
          const start = performance.now();
          let built = Number.NaN;
          await project.update((event) => {
            if (isBuilt(event, name)) built = performance.now() - start;
          });
          whole.push(performance.now() - start);
          solves.push((await project.solves()) - before);
          return built;
        },
        buildctl: async (round) => {
          change(`buildctl ${round}`);
          return project.buildctlTime(...build);
        },
      },
      () => project.settled(),
    );
    const added = times.ours.min - times.buildctl.min;
    const most = Math.max(...solves);
    const released = timingOf(whole);
    return [
      {
        name: `one file of one image of ${IMAGES} changed, until in quarantine`,
        ours: times.ours,
        reference: times.buildctl,
        result: `buildctl + ${(added / 1000).toFixed(2)} s, ${most} solve${most === 1 ? "" : "s"}`,
        goal: {
          text: `buildctl + ${ALLOWED_MS / 1000} s, exactly one solve`,
          met: added <= ALLOWED_MS && solves.every((count) => count === 1),
        },
        notes: "pulumi up --skip-preview without the pack; buildctl build of the same folder, pushed by digest",
      },
      {
        name: "  until released, and the engine has ended",
        ours: released,
        result: `${((released.min - times.ours.min) / 1000).toFixed(2)} s more`,
        notes: "",
      },
    ];
  });
}

/** The arguments of `buildctl build` for an image of the plan, on the base that is released. */
export async function bareBuild(project: BenchProject, id: string): Promise<readonly string[]> {
  const planned = (await project.plan()).images.find((image) => image.id === id);
  if (planned === undefined) throw new Error(`no ${id} in the plan`);
  const { registry } = project.services;
  const inputs = { registry, digests: await project.digests() };
  const { dir, base } = path.parse(planned.dockerfile.path);
  const named = planned.namedContexts.map(
    ({ name, source }) => `context:${name}=docker-image://${pinOf(source, inputs)}`,
  );
  return [
    ...["--frontend", "dockerfile.v0", "--opt", `filename=${base}`, "--local", `dockerfile=${dir}`],
    ...[
      "--local",
      `context=${planned.node.image.directory}`,
      "--output",
      exportSpec(registry, id, planned.node.image.compression),
    ],
    ...[...named, `platform=${planned.node.image.platforms.join()}`].flatMap((option) => ["--opt", option]),
  ];
}

/** The Image of docker-build has an output: its digest is in the registry. */
export function isBuilt({ resOutputsEvent }: EngineEvent, id: string): boolean {
  if (resOutputsEvent === undefined) return false;
  const { op, type, urn } = resOutputsEvent.metadata;
  return type === "docker-build:index:Image" && op === "update" && nameOf(urn) === `${id}-image`;
}
