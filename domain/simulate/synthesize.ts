import type { BuiltImage, Severity } from "../rebuild/types.js";
import { chance, digestFor } from "./random.js";
import type { Flaw, Push, Scenario } from "./types.js";

const DAY = 24 * 3_600_000;
const HOUR = 3_600_000;
/** 1 January 2026. Which year it is changes nothing. */
const START = Date.UTC(2026, 0, 1);
const DEFAULT_DELAY = 7 * DAY;

/** How publishers behave: days between pushes, and the share of them. Guesses, to be replaced by records of one's own. */
const RHYTHMS = [
  { days: 1, share: 0.1 },
  { days: 7, share: 0.4 },
  { days: 30, share: 0.5 },
] as const;
const SEVERITIES: readonly (readonly [Severity, number])[] = [
  ["CRITICAL", 0.05],
  ["HIGH", 0.25],
  ["MEDIUM", 0.5],
  ["LOW", 0.2],
];
/** Flaws a year in a watched image. */
const FLAWS = 25;
/** Share of the fixes that come alone, with nothing else in the push. */
const CLEAN_FIXES = 0.3;
const BROKEN_PUSHES = 0.03;
/** Share of the images on a broken push that cannot be built. */
const BREAKS = 0.4;
/** After at most so many days the publisher of a broken push goes back, unless something newer came before that. */
const BACK_WITHIN_DAYS = 4;
/** Share of the pushes with nothing new in them. */
const EMPTY_PUSHES = 0.05;
const FLAKY_BUILDS = 0.02;
/** Images to a watched one. */
const IMAGES_TO_SOURCE = 40;

export interface Size {
  readonly seed: string;
  readonly days: number;
  readonly images: number;
}

/** An invented fleet and what happens to it; the same seed gives the same. */
export function synthesize({ seed, days, images }: Size): Scenario {
  const count = Math.max(1, Math.round(images / IMAGES_TO_SOURCE));
  const sources = Array.from({ length: count }, (_, index) => `registry.example/source-${index}:1`);
  const watched = sources.map((name) => ({ name, delayMs: DEFAULT_DELAY, autoRebuild: true }));
  const pushes: Push[] = [];
  const flaws: Flaw[] = [];
  for (const source of sources) {
    const its = flawsOf(seed, source, days);
    flaws.push(...its);
    pushes.push(...pushesOf(seed, source, days, its));
  }
  pushes.sort((left, right) => left.at - right.at || (left.image < right.image ? -1 : 1));
  const fleet = { watched, built: builtImages(seed, sources, images) };
  return { seed, fleet, start: START, days, pushes, flaws, flaky: FLAKY_BUILDS };
}

/** A tenth are bases on one source; the rest stand on a base, and some on a second one. */
function builtImages(seed: string, sources: readonly string[], images: number): readonly BuiltImage[] {
  const bases = Math.max(1, Math.round(images / 10));
  return Array.from({ length: images }, (_, index) => {
    const pick = (names: number, what: string) => Math.floor(chance(seed, what, index) * names);
    const isBase = index < bases;
    // Few bases carry most images: squaring a number between 0 and 1 leans to 0.
    const first = isBase
      ? (sources[index % sources.length] ?? "")
      : `image-${Math.floor(chance(seed, "base", index) ** 2 * bases)}`;
    const on = new Set([first]);
    if (!isBase && chance(seed, "second", index) < 0.2) on.add(`image-${pick(bases, "other")}`);
    return { id: `image-${index}`, bases: [...on].sort(), autoRebuild: true };
  });
}

function flawsOf(seed: string, image: string, days: number): readonly Flaw[] {
  return Array.from({ length: Math.round((FLAWS * days) / 365) }, (_, index) => {
    let left = chance(seed, "severity", image, index);
    const severity = SEVERITIES.find(([, share]) => {
      left -= share;
      return left < 0;
    })?.[0];
    const disclosed = START + Math.floor(chance(seed, "disclosed", image, index) * days * 24) * HOUR;
    return { id: `CVE-${image.replace(/\W+/g, "-")}-${index}`, image, severity: severity ?? "LOW", disclosed };
  });
}

/** The first stands before the start; each fixes what was disclosed since the one before it, serious flaws within two days. */
function pushesOf(seed: string, image: string, days: number, flaws: readonly Flaw[]): readonly Push[] {
  let left = chance(seed, "rhythm", image);
  const rhythm = RHYTHMS.find(({ share }) => {
    left -= share;
    return left < 0;
  });
  const every = (rhythm?.days ?? 30) * DAY;
  const times = new Set<number>();
  for (
    let at = START + Math.floor(chance(seed, "phase", image) * (every / HOUR)) * HOUR;
    at < START + days * DAY;
    at += every
  ) {
    times.add(at);
  }
  for (const { id, severity, disclosed } of flaws) {
    if (severity !== "HIGH" && severity !== "CRITICAL") continue;
    const at = disclosed + Math.floor(chance(seed, "fix", id) * 48) * HOUR;
    if (at < START + days * DAY) times.add(at);
  }
  const first = START - 400 * DAY;
  const pushes: Push[] = [push(first, digestFor(seed, image, first), [], [])];
  const open = new Set(flaws);
  for (const at of [...times].sort((a, b) => a - b)) {
    const fixes = [...open].filter(({ disclosed }) => disclosed <= at);
    for (const flaw of fixes) open.delete(flaw);
    const before = pushes.at(-1);
    const isEmpty = fixes.length === 0 && chance(seed, "empty", image, at) < EMPTY_PUSHES;
    const isClean = fixes.length > 0 && chance(seed, "clean", image, at) < CLEAN_FIXES;
    const made = push(
      at,
      digestFor(seed, image, at),
      fixes.map(({ id }) => id),
      isClean ? [] : ["something-else"],
    );
    if (before !== undefined && before.breaks > 0 && at - before.at > back(before)) {
      const good = pushes.findLast((each) => each.breaks === 0);
      if (good !== undefined) pushes.push({ ...good, at: before.at + back(before), fixes: [] });
    }
    pushes.push(isEmpty && before !== undefined ? { ...made, contents: before.contents ?? before.digest } : made);
  }
  return pushes;

  /** How long after a broken push its publisher goes back to the one before. */
  function back({ at }: Push): number {
    return Math.ceil(chance(seed, "back", image, at) * BACK_WITHIN_DAYS * 24) * HOUR;
  }

  function push(at: number, digest: string, fixes: readonly string[], unrelated: readonly string[]): Push {
    const isBroken = at > START && chance(seed, "broken", image, at) < BROKEN_PUSHES;
    return { at, image, tag: "1", digest, fixes, unrelated, breaks: isBroken ? BREAKS : 0 };
  }
}
