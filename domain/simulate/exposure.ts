import type { Flaw, Push, Scenario } from "./types.js";

const DAY = 24 * 3_600_000;

/** For a watched image, the place of the push in its pushes that a build goes back to; the oldest where there are several. */
export type Origins = ReadonlyMap<string, number>;

interface Exposure {
  readonly disclosed: number;
  /** Place of the push that fixes it; infinite where none does. */
  readonly fixedBy: number;
}

/** Adds up how long images were live with flaws. An image is told of when what it means changes. */
export class ExposureMeter {
  readonly byDay: number[];
  private readonly exposures = new Map<string, Exposure[]>();
  private readonly live = new Map<string, { readonly since: number; readonly origins: Origins }>();
  private readonly end: number;

  constructor(private readonly scenario: Pick<Scenario, "start" | "days" | "pushes" | "flaws">) {
    const { start, days, pushes, flaws } = scenario;
    this.end = start + days * DAY;
    this.byDay = Array.from({ length: days }, () => 0);
    const fixes = placesOfFixes(pushes);
    for (const { id, image, severity, disclosed } of flaws) {
      if (severity !== "HIGH" && severity !== "CRITICAL") continue;
      const known = this.exposures.get(image) ?? [];
      known.push({ disclosed, fixedBy: fixes.get(id) ?? Number.POSITIVE_INFINITY });
      this.exposures.set(image, known);
    }
  }

  /** The image goes back to these pushes from now on; to none where it is withdrawn. */
  change(image: string, now: number, origins: Origins): void {
    this.close(image, now);
    this.live.set(image, { since: now, origins });
  }

  /** Days over all images and flaws, until the scenario's end. */
  total(): number {
    for (const image of [...this.live.keys()]) this.change(image, this.end, new Map());
    return this.byDay.reduce((sum, days) => sum + days, 0);
  }

  private close(image: string, now: number): void {
    const before = this.live.get(image);
    if (before === undefined) return;
    for (const [source, place] of before.origins) {
      for (const { disclosed, fixedBy } of this.exposures.get(source) ?? []) {
        if (place < fixedBy) this.add(Math.max(before.since, disclosed), Math.min(now, this.end));
      }
    }
  }

  private add(from: number, to: number): void {
    const { start } = this.scenario;
    for (let at = from; at < to; ) {
      const day = Math.floor((at - start) / DAY);
      const next = Math.min(to, start + (day + 1) * DAY);
      this.byDay[day] = (this.byDay[day] ?? 0) + (next - at) / DAY;
      at = next;
    }
  }
}

/** By flaw: the place of the push that fixes it among the pushes of its image. */
function placesOfFixes(pushes: readonly Push[]): ReadonlyMap<Flaw["id"], number> {
  const places = new Map<string, number>();
  const fixes = new Map<string, number>();
  const digests = new Set<string>();
  for (const push of pushes) {
    if (digests.has(push.digest)) continue;
    digests.add(push.digest);
    const place = places.get(push.image) ?? 0;
    places.set(push.image, place + 1);
    for (const id of push.fixes) fixes.set(id, place);
  }
  return fixes;
}
