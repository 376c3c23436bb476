import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { pinImages } from "../cli/pin/pin-images.js";
import { valueOrThrow } from "../domain/problems.js";
import { loadSettings } from "../domain/settings/load.js";
import { writeFleet } from "../test/support/fleet.js";
import { Upstream } from "../test/support/upstream.js";
import { Standby } from "../tools/engine/standby.js";
import { identify } from "../tools/machine/processes.js";
import { systemClock } from "../tools/rebuild/clock.js";
import { openStateStore } from "../tools/rebuild/open-store.js";
import { openWorld } from "../tools/rebuild/open-world.js";
import { startReceiver } from "../tools/rebuild/receiver.js";
import { Watch } from "../tools/rebuild/watch.js";
import type { WatchWorld } from "../tools/rebuild/watch-world.js";
import { startServices } from "../tools/services/local-services.js";
import { writeRecord } from "../tools/services/record.js";
import { type BenchProject, fleetOf, withProject } from "./fleet-project.js";
import { timingOf } from "./rounds.js";
import type { BenchRow } from "./types.js";

const run = promisify(execFile);

const IMAGES = 100;
const ROUNDS = 3;
const GOAL_MS = 4_000;

/** What came when, in milliseconds after the push. */
interface Times {
  readonly decided: number;
  readonly begun: number;
  readonly step: number;
}

/**
 * From the push of an upstream tag to the first step of a build, with real registries, engine and BuildKit: 100 images stand on
 * what was pushed, and nothing soaks.
 */
export function benchWatchBuild(): Promise<readonly BenchRow[]> {
  return withProject("watched", measure, ["factory-scan"]);
}

async function measure(project: BenchProject): Promise<readonly BenchRow[]> {
  const { services } = project;
  const standby = new Standby(project.workspace());
  let watch: Watch | undefined;
  const receiver = await startReceiver(0, (pushes) => watch?.pushed(pushes));
  const upstream = await Upstream.start(services, receiver.address);
  try {
    const world = await watchedFleet(project, upstream, receiver.address, standby);
    const { run: runEngine } = world;
    if (runEngine === undefined) throw new Error("this stack's engine runs somewhere else");
    let marks: { decided?: number; begun?: number } = {};
    watch = new Watch({
      ...world,
      run: (own, items, hooks) => {
        marks.decided ??= Date.now();
        const began = (image: string) => {
          marks.begun ??= Date.now();
          hooks.began(image);
        };
        return runEngine(own, items, { ...hooks, began });
      },
    });
    watch.start();
    await watch.idle();
    const all: Times[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      await standby.prepare();
      await project.settled();
      marks = {};
      const before = await solves(project);
      const start = Date.now();
      await upstream.push("vendor/os", "1", { generation: `${round}` });
      while (marks.begun === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
      await watch.idle();
      const steps = [...(await solves(project))].filter(([ref]) => !before.has(ref)).map(([, at]) => at);
      const { begun, decided = Number.NaN } = marks;
      all.push({ decided: decided - start, begun: begun - start, step: Math.min(...steps) - start });
    }
    await watch.stop();
    return [rowOf(all)];
  } finally {
    await standby.stop();
    await upstream.stop();
    await receiver.close();
  }
}

function rowOf(all: readonly Times[]): BenchRow {
  const ours = timingOf(all.map(({ step }) => step));
  const best = all.find(({ step }) => step === ours.min) ?? {
    decided: Number.NaN,
    begun: Number.NaN,
    step: Number.NaN,
  };
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
  return {
    name: `from an upstream push to the first BuildKit step, ${IMAGES} images on it`,
    ours,
    result: `${seconds(ours.min)}: decided after ${seconds(best.decided)}, build asked for after ${seconds(best.begun)}`,
    goal: { text: "under 4 s", met: ours.min < GOAL_MS },
    notes:
      "push, notification, look, state, pulumi up with the policy pack; the time is BuildKit's own, of its first new record",
  };
}

/** Everything is built on the first generation of an upstream image. */
async function watchedFleet(
  project: BenchProject,
  upstream: Upstream,
  listener: string,
  standby: Standby,
): Promise<WatchWorld> {
  const { dataDir, registry, toolchain } = project.services;
  writeRecord(dataDir, "watch", { ...(identify(process.pid) ?? fail()), address: listener, fingerprint: "" });
  const registryPort = Number(registry.split(":")[1]);
  await startServices({ dataDir, registryPort, builder: "test", toolchain, upstreams: [upstream.address] });
  await writeFleet(project.root, fleetOf(IMAGES - 1));
  const image = `${upstream.address}/vendor/os:1`;
  const stackFile = readFileSync(path.join(project.root, "Pulumi.local.yaml"), "utf8");
  project.write({
    "Pulumi.local.yaml": `${stackFile}  factory:allowedRegistries: [${upstream.address}]\n`,
    "bases/fleet-base/Dockerfile": `FROM ${image}\nUSER 65532:65532\n`,
    "images.yaml": "defaults: { rebuild: { delay: 0s } }\n",
    ".gitignore": `${readFileSync(path.join(project.root, ".gitignore"), "utf8")}/state\n`,
  });
  project.commit();
  await upstream.push("vendor/os", "1", { generation: "0" });
  const settings = valueOrThrow("the settings", await loadSettings(project.root, "local"));
  const crane = toolchain.program("crane");
  await pinImages({ root: project.root, names: [image], settings, crane, now: new Date() });
  await project.update();
  const store = await openStateStore(project.root, settings);
  return openWorld({ settings, workspace: project.workspace(), standby, store, clock: systemClock, tell: () => {} });
}

/** When each build that BuildKit remembers began, by its reference. */
async function solves({ services }: BenchProject): Promise<ReadonlyMap<string, number>> {
  const format = "{{.Record.Ref}} {{.Record.CreatedAt.AsTime.UnixMilli}}";
  const { stdout } = await run(services.toolchain.program("buildctl"), ["debug", "histories", "--format", format], {
    env: { ...process.env, ...services.env },
  });
  const lines = stdout.split("\n").filter((line) => line !== "");
  return new Map(lines.map((line) => [line.split(" ")[0] ?? "", Number(line.split(" ")[1])] as const));
}

function fail(): never {
  throw new Error("this process is not there");
}
