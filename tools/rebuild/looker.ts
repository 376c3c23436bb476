import { toInstant } from "../../domain/rebuild/times.js";
import type { Observation } from "../../domain/state/types.js";
import type { Push } from "../../domain/watch/notification.js";
import { see } from "../../domain/watch/sight.js";
import { isAllowed } from "../../domain/watch/tags.js";
import type { Decider } from "./decider.js";
import { Mentions } from "./mentions.js";
import type { Watched } from "./watch-project.js";
import type { Known, WatchWorld } from "./watch-world.js";

/** Looks at once; more would be a burden to registries. */
const LOOKS = 8;

/** A comparison takes as long: a shorter soak is over before it says anything, and the build would share the processor with it. */
const SHORT_SOAK_MS = 60_000;

/** What was pushed or not looked at for long: looks what it means now, and enters what is new. */
export class Looker {
  /** To be looked at: never more than there are images, however many events come. */
  private readonly dirty = new Map<string, Observation["how"]>();
  /** The last push that a registry told of each image and that was not looked for yet. */
  private readonly announced = new Map<string, Push>();
  private readonly lastLooks = new Map<string, string>();
  private readonly mentions: Mentions;
  private troubled = false;

  /** @param decide called where something was seen that may lead to a decision */
  constructor(
    private readonly world: Pick<WatchWorld, "store" | "clock" | "look" | "mirror" | "compare" | "tell">,
    private readonly known: Known,
    private readonly decider: Decider,
    private readonly decide: () => void,
  ) {
    this.mentions = new Mentions(world.tell);
  }

  /** Whether there is something to look at. */
  get isDue(): boolean {
    return this.dirty.size > 0;
  }

  /** Whether something could not be asked, or kept, since the start. */
  get wasTroubled(): boolean {
    return this.troubled;
  }

  pushed(pushes: readonly Push[]): void {
    for (const push of pushes) {
      for (const { image, warehouse } of this.known.project?.watched.get(push.repository) ?? []) {
        if (!isAllowed(warehouse, push.tag)) continue;
        this.dirty.set(image, "event");
        this.announced.set(image, push);
      }
    }
  }

  /** Everything that is watched is due. */
  reconcile(): void {
    for (const { image } of this.watched()) if (!this.dirty.has(image)) this.dirty.set(image, "reconcile");
  }

  /** Looks at all that is due, until it is told to stop. */
  async look(isStopped: () => boolean): Promise<void> {
    while (this.isDue && !isStopped()) {
      const batch = new Map([...this.dirty].slice(0, LOOKS));
      for (const image of batch.keys()) this.dirty.delete(image);
      const looks = await Promise.allSettled(
        this.watched().map(async (watched) => {
          const how = batch.get(watched.image);
          if (how === undefined) return;
          try {
            await this.lookAt(watched, how);
          } catch (error) {
            // It is looked at again when the bell rings.
            this.dirty.set(watched.image, how);
            this.lastLooks.delete(watched.image);
            throw error;
          }
        }),
      );
      const failed = looks.find((each) => each.status === "rejected");
      if (failed !== undefined) throw failed.reason;
    }
  }

  private watched(): readonly Watched[] {
    return [...(this.known.project?.watched.values() ?? [])].flat();
  }

  private async lookAt(watched: Watched, how: Observation["how"]): Promise<void> {
    const { known, world } = this;
    const { image, warehouse } = watched;
    const announced = this.announced.get(image);
    this.announced.delete(image);
    const look = await world.look(watched, known.states.get(image)?.ledger ?? [], announced);
    if (look.kind !== "seen") {
      this.tellOnce(image, look.problem);
      return;
    }
    const { sight } = look;
    const { digest, tag } = sight;
    if (known.project === undefined || this.decider.isOurs(known.project, known.states, digest)) return;
    const isNews = this.lastLooks.get(image) !== `${tag} ${digest}`;
    this.lastLooks.set(image, `${tag} ${digest}`);
    if (isNews) {
      const at = toInstant(world.clock.now());
      known.states = await world.store.update(`See ${image} at ${digest}`, (states) => {
        const state = states.get(image);
        return state === undefined ? [] : [see(state, sight, how, at)];
      });
      this.decide();
    }
    try {
      await world.mirror(warehouse.repoURL, digest);
      this.mentions.forget(image);
    } catch (error) {
      this.lastLooks.delete(image);
      this.tellOnce(image, error instanceof Error ? error.message : String(error));
      return;
    }
    if (isNews) await this.compare(watched, digest);
  }

  /** Asks whether a digest that soaks may be adopted at once. */
  private async compare(watched: Watched, digest: string): Promise<void> {
    const adopted = this.known.states.get(watched.image)?.adopted?.digest;
    if (adopted === undefined || adopted === digest) return;
    const watches = this.known.project?.fleet.watched ?? [];
    const delayMs = watches.find(({ name }) => name === watched.image)?.delayMs ?? 0;
    if (delayMs < SHORT_SOAK_MS) return;
    const difference = await this.world.compare(watched, adopted, digest);
    if (difference === undefined) return;
    this.decider.addDifference(difference);
    this.decide();
  }

  private tellOnce(image: string, problem: string): void {
    this.troubled = true;
    this.mentions.mention(image, problem);
  }
}
