import type { ImageState } from "../state/types.js";
import type { Estimate, Impacted } from "./types.js";

/** How many of the last builds count: enough that one odd build does not, few enough to follow a change of the image. */
const RECENT = 5;

/** Median minutes of each image's last successful builds, as its attempts record them; without any it is left out. */
export function minutesOf(states: Iterable<ImageState>): ReadonlyMap<string, number> {
  const minutes = new Map<string, number>();
  for (const { image, attempts } of states) {
    const lengths: number[] = [];
    for (const { start, end, result } of attempts) {
      if (result === "succeeded" && end !== undefined) lengths.push((Date.parse(end) - Date.parse(start)) / 60_000);
    }
    const recent = lengths.slice(-RECENT).sort((left, right) => left - right);
    const [low, high] = [recent[(recent.length - 1) >> 1], recent[recent.length >> 1]];
    // A clock that was set back between start and end gives no length.
    if (low !== undefined && high !== undefined && low >= 0) minutes.set(image, (low + high) / 2);
  }
  return minutes;
}

/** @param images by wave */
export function estimate(images: readonly Impacted[]): Estimate {
  const chains = new Map<string, number>();
  let work = 0;
  let chain = 0;
  for (const { id, minutes = 0, on } of images) {
    const before = on.reduce((longest, base) => Math.max(longest, chains.get(base) ?? 0), 0);
    chains.set(id, before + minutes);
    chain = Math.max(chain, before + minutes);
    work += minutes;
  }
  return { work, chain, unknown: images.filter(({ minutes }) => minutes === undefined).map(({ id }) => id) };
}
