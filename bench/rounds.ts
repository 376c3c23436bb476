/** Milliseconds over all rounds. */
export interface Timing {
  readonly min: number;
  readonly median: number;
}

/** Something to time once a round; gives its milliseconds. */
export type Side = (round: number) => Promise<number>;

/**
 * Times all sides in every round, each round beginning with another one: what disturbs the machine disturbs all of them.
 * `before` lets what the side before left behind come to rest.
 */
export async function takeTurns<Name extends string>(
  rounds: number,
  sides: Readonly<Record<Name, Side>>,
  before: () => Promise<void> = async () => {},
): Promise<Readonly<Record<Name, Timing>>> {
  const entries = Object.entries(sides) as [Name, Side][];
  const times = new Map<Name, number[]>(entries.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    const first = round % entries.length;
    for (const [name, side] of [...entries.slice(first), ...entries.slice(0, first)]) {
      await before();
      times.get(name)?.push(await side(round));
    }
  }
  const timings = [...times].map(([name, all]) => [name, timingOf(all)]);
  return Object.fromEntries(timings) as Readonly<Record<Name, Timing>>;
}

export function timingOf(milliseconds: readonly number[]): Timing {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  return { min: sorted[0] ?? Number.NaN, median: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN };
}

export async function stopwatch(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
