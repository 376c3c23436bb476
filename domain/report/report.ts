import type { RunRecord } from "../runs/types.js";
import { type Dora, type DoraInputs, doraOf, type Spread, spreadOf } from "./dora.js";
import { cacheHitRate, type DayOfRuns, type ImageTrend, imageTrends, trendOf } from "./trend.js";

/** `factory report`: how the factory does over time. Seconds, bytes, shares of 1; RFC 3339 times. */
export interface FactoryReport {
  readonly schema: 1;
  readonly stack: string;
  readonly since: string;
  readonly until: string;
  readonly runs: {
    readonly count: number;
    readonly failed: number;
    readonly interrupted: number;
    readonly duration: Spread;
    readonly cacheHitRate?: number;
  };
  readonly days: readonly DayOfRuns[];
  readonly images: readonly ImageTrend[];
  /** Absent where the registry, which knows the releases, could not be read. */
  readonly dora?: Dora;
}

export interface ReportInputs extends Omit<DoraInputs, "releases"> {
  /** Absent where the registry could not be read. */
  readonly releases?: DoraInputs["releases"];
}

export function factoryReport({ releases, ...inputs }: ReportInputs): FactoryReport {
  const { stack, since, until } = inputs;
  const runs = [...inputs.runs]
    .filter((run) => run.stack === stack && isBetween(run, since, until))
    .sort((left, right) => (left.startedAt < right.startedAt ? -1 : 1));
  const hits = cacheHitRate(runs.flatMap(({ images }) => images));
  return {
    schema: 1,
    stack,
    since: new Date(since).toISOString(),
    until: new Date(until).toISOString(),
    runs: {
      count: runs.length,
      failed: runs.filter(({ status }) => status === "failed").length,
      interrupted: runs.filter(({ status }) => status === "interrupted").length,
      duration: spreadOf(runs.map(({ seconds }) => seconds)),
      ...(hits === undefined ? {} : { cacheHitRate: hits }),
    },
    days: trendOf(runs),
    images: imageTrends(runs),
    ...(releases === undefined ? {} : { dora: doraOf({ ...inputs, releases }) }),
  };
}

function isBetween({ startedAt }: RunRecord, since: number, until: number): boolean {
  const time = Date.parse(startedAt);
  return time >= since && time < until;
}
