import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { adopt, built, newState, observe } from "../domain/state/transitions.js";
import type { ImageState } from "../domain/state/types.js";
import { systemClock } from "../tools/rebuild/clock.js";
import { FolderStore } from "../tools/rebuild/folder-store.js";
import { startReceiver } from "../tools/rebuild/receiver.js";
import { Watch } from "../tools/rebuild/watch.js";
import type { Watched, WatchProject } from "../tools/rebuild/watch-project.js";
import type { WatchWorld } from "../tools/rebuild/watch-world.js";
import { timingOf } from "./rounds.js";
import type { BenchRow } from "./types.js";

const IMAGES = 1_000;
const WATCHED = 100;
const ROUNDS = 9;
const GOAL_MS = 250;
const WEEK = 7 * 24 * 3_600_000;
const AT = "2026-11-01T00:00:00Z";

/**
 * From the registry's notification, over HTTP, to the decision that the digest soaks, with its sight on the disk: 1,000 images
 * enrolled, states in a folder. What the registry itself takes to answer a look is left out.
 */
export async function benchWatchEvent(): Promise<readonly BenchRow[]> {
  const root = mkdtempSync(join(tmpdir(), "factory-bench-"));
  try {
    const project = projectOf();
    const store = new FolderStore(root, "state");
    await store.update("bench", () => statesOf(project));
    let generation = 1;
    let decided = () => {};
    const world: WatchWorld = {
      store,
      clock: {
        now: Date.now,
        // The bell is set when everything is decided.
        ringAt: (time, ring) => {
          decided();
          return systemClock.ringAt(time, ring);
        },
      },
      loadProject: async () => project,
      federations: { read: async () => undefined, refresh: async () => {} },
      look: async ({ image }: Watched) => {
        const digest = digestOf(image, generation);
        return { kind: "seen", sight: { image, tag: "1", digest, platforms: [], contents: digest } };
      },
      mirror: async () => {},
      compare: async () => undefined,
      released: async () => [],
      ended: async () => new Map(),
      run: async () => ({ images: [], troubles: [], code: 0 }),
      moveTags: async () => {},
      tell: () => {},
    };
    const watch = new Watch(world);
    const receiver = await startReceiver(0, (pushes) => watch.pushed(pushes));
    watch.start();
    await watch.idle();
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      generation += 1;
      const bell = new Promise<void>((resolve) => {
        decided = resolve;
      });
      const start = performance.now();
      await notify(receiver.address, `base-${round}`);
      await bell;
      times.push(performance.now() - start);
      await watch.idle();
    }
    await watch.stop();
    await receiver.close();
    const ours = timingOf(times);
    const name = `from a push event to its decision, ${IMAGES.toLocaleString("en")} images enrolled`;
    const notes =
      "notification over HTTP, sight written to its state, everything decided; the look itself answers at once";
    return [
      {
        name,
        ours,
        result: `${ours.min.toFixed(0)} ms`,
        goal: { text: "under 250 ms", met: ours.min < GOAL_MS },
        notes,
      },
    ];
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function notify(address: string, path: string): Promise<void> {
  const target = { mediaType: "application/vnd.oci.image.index.v1+json", repository: path, tag: "1", digest: "" };
  const body = JSON.stringify({ events: [{ action: "push", target, request: { host: "upstream.example" } }] });
  const headers = { "content-type": "application/vnd.docker.distribution.events.v2+json" };
  const answer = await fetch(`http://${address}/events`, { method: "POST", headers, body });
  if (!answer.ok) throw new Error(`the receiver answered ${answer.status}`);
}

function projectOf(): WatchProject {
  const bases = Array.from({ length: WATCHED }, (_, index) => `upstream.example/base-${index}:1`);
  const built = Array.from({ length: IMAGES - WATCHED }, (_, index) => {
    const own = index < 100 ? [] : [`image-${index % 100}`];
    return { id: `image-${index}`, bases: [bases[index % WATCHED] ?? "", ...own], autoRebuild: true };
  });
  const watched = bases.map((image): Watched => {
    return { image, warehouse: { repoURL: image.slice(0, -2), allowTags: "^1$" } };
  });
  return {
    catalogue: {
      images: [],
      externals: [],
      remotes: [],
      includes: [],
      mixins: [],
      defaults: { platforms: [], rebuild: { delayMs: WEEK, autoRebuild: true } },
    },
    graph: { nodes: [], dependents: new Map(), externals: [] },
    fleet: { watched: bases.map((name) => ({ name, delayMs: WEEK, autoRebuild: true })), built },
    enrolments: [
      ...watched.map(({ image, warehouse }) => ({ image, kind: "external" as const, warehouse, dependents: [] })),
      ...built.map(({ id }) => ({ image: id, kind: "managed" as const, dependents: [] })),
    ],
    recalls: [],
    watched: new Map(watched.map((each) => [each.warehouse.repoURL, [each]])),
  };
}

/** Everything is built on the first digests. */
function statesOf({ fleet, enrolments }: WatchProject): readonly ImageState[] {
  const adoption = (image: string) => {
    return { digest: digestOf(image, 1), tag: "1", platforms: [], at: AT, cause: "bench" };
  };
  const bases = fleet.watched.map(({ name }) => {
    const { warehouse } = enrolments.find(({ image }) => image === name) ?? {};
    const seen = { digest: digestOf(name, 1), tag: "1", platforms: [], firstSeen: AT, how: "event" } as const;
    return adopt(observe(newState(name, "external", warehouse), seen), adoption(name));
  });
  const images = fleet.built.map(({ id, bases: own }) => {
    const on = own.map((image) => ({ image, digest: digestOf(image, 1) })).sort((a, b) => (a.image < b.image ? -1 : 1));
    return adopt(built(newState(id, "managed"), { digest: digestOf(id, 1), on, at: AT }, "1", []), adoption(id));
  });
  return [...bases, ...images];
}

function digestOf(name: string, generation: number): string {
  return `sha256:${Buffer.from(`${generation} ${name}`).toString("hex").padEnd(64, "0").slice(0, 64)}`;
}
