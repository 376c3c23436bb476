import { toInstant, toMs } from "../rebuild/times.js";
import type { Severity } from "../rebuild/types.js";
import type { StandsOn } from "../state/types.js";
import { ExposureMeter, type Origins } from "./exposure.js";
import { chance, digestFor } from "./random.js";
import type { Adopted, Outcome, Policy, Push, Scenario } from "./types.js";
import { type Move, type Rebuild, World } from "./world.js";

const DAY = 24 * 3_600_000;
const MINUTE = 60_000;
/** Rebuilds that run at a time. */
const BUILDERS = 100;
/** Rebuilds take one to three of these: what ends together is looked at together. */
const STEP = 10 * MINUTE;
const MOST_STEPS = 3;

interface Running {
  readonly rebuild: Rebuild;
  readonly end: number;
}

/** Lets a scenario happen under a policy, through the engine that decides in earnest. The same scenario gives the same outcome. */
export function simulate(scenario: Scenario, policy: Policy): Outcome {
  return new Simulation(scenario, policy).run();
}

class Simulation {
  private readonly world: World;
  private readonly meter: ExposureMeter;
  private readonly places = new Map<string, { readonly push: Push; readonly place: number }>();
  private readonly pushesOf = new Map<string, Push[]>();
  private readonly severities: ReadonlyMap<string, Severity>;
  private readonly origins = new Map<string, Origins>();
  private readonly watched: ReadonlySet<string>;
  private readonly adoptions: Adopted[] = [];
  private readonly lags: number[] = [];
  private running: Running[] = [];
  private builds = 0;
  private failures = 0;
  private badAdopted = 0;
  private returns = 0;

  constructor(
    private readonly scenario: Scenario,
    private readonly policy: Policy,
  ) {
    const { fleet, flaws, pushes } = scenario;
    const { delayMs } = policy;
    const own = delayMs === undefined ? fleet.watched : fleet.watched.map((image) => ({ ...image, delayMs }));
    this.world = new World({ watched: own, built: fleet.built });
    this.meter = new ExposureMeter(scenario);
    this.severities = new Map(flaws.map(({ id, severity }) => [id, severity]));
    this.watched = new Set(fleet.watched.map(({ name }) => name));
    for (const push of pushes) {
      // A publisher who goes back pushes the same digest again.
      if (this.places.has(push.digest)) continue;
      const own = this.pushesOf.get(push.image) ?? [];
      this.places.set(push.digest, { push, place: own.length });
      own.push(push);
      this.pushesOf.set(push.image, own);
    }
  }

  run(): Outcome {
    const { start, days, pushes } = this.scenario;
    const end = start + days * DAY;
    let next = this.begin();
    for (let now = start; now < end; ) {
      for (; (pushes[next]?.at ?? end) <= now; next += 1) this.see(pushes[next]);
      for (const { rebuild } of this.running.filter((each) => each.end <= now)) this.finish(rebuild, now);
      this.running = this.running.filter((each) => each.end > now);
      const { moves, rebuilds, nextDue } = this.world.look(now, BUILDERS - this.running.length);
      for (const move of moves) this.note(move, now);
      for (const rebuild of rebuilds) this.start(rebuild, now);
      const due = nextDue === undefined ? end : toMs(nextDue);
      now = Math.min(end, due, pushes[next]?.at ?? end, ...this.running.map((each) => each.end));
    }
    const lags = this.lags.sort((left, right) => left - right);
    const mean = lags.reduce((sum, lag) => sum + lag, 0) / Math.max(1, lags.length);
    return {
      policy: this.policy.name,
      exposureDays: this.meter.total(),
      exposureByDay: this.meter.byDay,
      adoptions: this.adoptions,
      lagDays: { mean, p95: lags[Math.floor(lags.length * 0.95)] ?? 0 },
      builds: this.builds,
      failures: this.failures,
      badAdopted: this.badAdopted,
      returns: this.returns,
    };
  }

  /** Everything is built on the first pushes, as if it had always been. Returns how many pushes that took. */
  private begin(): number {
    const { start, pushes } = this.scenario;
    let next = 0;
    for (; (pushes[next]?.at ?? start) < start; next += 1) this.see(pushes[next]);
    for (;;) {
      const { moves, rebuilds } = this.world.look(start);
      for (const move of moves) this.takeOver(move, start);
      if (rebuilds.length === 0) return next;
      for (const rebuild of rebuilds) this.world.end(rebuild, this.buildOf(rebuild), start);
    }
  }

  private see(push: Push | undefined): void {
    if (push === undefined) return;
    const { at, image, tag, digest, contents } = push;
    const known = contents === undefined ? {} : { contents };
    this.world.see(image, { digest, tag, platforms: [], firstSeen: toInstant(at), how: "event", ...known });
    this.compare(image, at);
  }

  /** Finds what changed between what is adopted and each push after it that has been seen. */
  private compare(image: string, seen: number): void {
    const from = this.world.states.get(image)?.adopted?.digest;
    const place = from === undefined ? undefined : this.places.get(from)?.place;
    if (!this.policy.fastPath || from === undefined || place === undefined) return;
    const fixed: { cve: string; severity: Severity }[] = [];
    const unrelated: string[] = [];
    for (const push of (this.pushesOf.get(image) ?? []).slice(place + 1)) {
      if (push.at > seen) return;
      fixed.push(...push.fixes.map((cve) => ({ cve, severity: this.severities.get(cve) ?? "LOW" })));
      unrelated.push(...push.unrelated);
      this.world.compare({ image, from, to: push.digest, fixed: [...fixed], unrelated: [...unrelated] });
    }
  }

  private start(rebuild: Rebuild, now: number): void {
    const steps = 1 + Math.floor(chance(this.scenario.seed, "duration", rebuild.image) * MOST_STEPS);
    this.world.start(rebuild, now);
    this.running.push({ rebuild, end: now + steps * STEP });
  }

  private finish(rebuild: Rebuild, now: number): void {
    const isBroken = rebuild.on.some((base) => this.breaks(rebuild.image, base));
    const isFlaky = chance(this.scenario.seed, "flaky", rebuild.image, now) < this.scenario.flaky;
    if (isBroken || isFlaky) this.failures += 1;
    else this.builds += 1;
    this.world.end(rebuild, isBroken || isFlaky ? "failed" : this.buildOf(rebuild), now);
  }

  private breaks(image: string, { digest }: StandsOn): boolean {
    const push = this.places.get(digest)?.push;
    return push !== undefined && push.breaks > 0 && chance(this.scenario.seed, "breaks", image, digest) < push.breaks;
  }

  private buildOf({ image, on }: Rebuild) {
    return { digest: digestFor(image, ...on.map(({ digest }) => digest)), source: "1" };
  }

  private note(move: Move, now: number): void {
    this.takeOver(move, now);
    const push = this.places.get(move.digest)?.push;
    if (!this.watched.has(move.image) || push === undefined) return;
    if (move.kind === "return") this.returns += 1;
    this.compare(move.image, now);
    if (move.kind !== "adopt") return;
    this.adoptions.push({ image: move.image, digest: move.digest, at: toInstant(now) });
    this.lags.push((now - push.at) / DAY);
    if (push.breaks > 0) this.badAdopted += 1;
  }

  /** Follows an image to the pushes that it goes back to. */
  private takeOver({ kind, image, digest }: Move, now: number): void {
    if (this.watched.has(image)) return;
    const build = this.world.states.get(image)?.builds?.findLast((each) => each.digest === digest);
    const origins = kind === "withdraw" || build === undefined ? new Map() : this.originsOf(digest, build.on);
    this.meter.change(image, now, origins);
  }

  private originsOf(digest: string, on: readonly StandsOn[]): Origins {
    const known = this.origins.get(digest);
    if (known !== undefined) return known;
    const origins = new Map<string, number>();
    for (const base of on) {
      const own = this.places.get(base.digest);
      const all = own === undefined ? (this.origins.get(base.digest) ?? []) : [[base.image, own.place] as const];
      for (const [source, place] of all) origins.set(source, Math.min(place, origins.get(source) ?? place));
    }
    this.origins.set(digest, origins);
    return origins;
  }
}
