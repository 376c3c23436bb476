import { finish, start } from "../../domain/state/transitions.js";
import type { Attempt, ImageState, StandsOn } from "../../domain/state/types.js";
import type { ImageOutcome } from "../engine/outcome.js";
import { type Released, withRelease } from "./released.js";
import type { States } from "./state-store.js";

/** What a run of the engine came to, as far as somebody lived to see it. */
export interface Ended {
  readonly outcome: ImageOutcome["state"];
  /** ISO 8601, UTC, seconds. */
  readonly at: string;
}

/**
 * The states with all that the engine's own state says is released, and with every rebuild closed that was begun: it succeeded
 * where its result is released, it failed where the run says so, and else it was interrupted. The same after a run and after a
 * process that did not live to see its end.
 *
 * @param ended of the images of the run; none after a kill
 * @param isRecalled what is recalled is not taken for what an image means, whatever the engine released once
 */
export function recordRuns(
  states: States,
  released: readonly Released[],
  ended: ReadonlyMap<string, Ended>,
  now: string,
  isRecalled: (digest: string) => boolean,
): readonly ImageState[] {
  const changed: ImageState[] = [];
  const releases = new Map(released.map((each) => [each.id, each]));
  for (const state of states.values()) {
    const release = releases.get(state.image);
    let next = state;
    if (release !== undefined && !isRecalled(release.build.digest)) {
      const isNews = ended.has(state.image) || !knows(state, release);
      const cause = openAttempt(state)?.cause ?? "released by npm run up";
      if (isNews) next = withRelease(state, release, ended.get(state.image)?.at ?? now, cause);
    }
    const attempt = openAttempt(next);
    if (attempt !== undefined) {
      const run = ended.get(state.image);
      next = finish(next, resultOf(attempt, next, run), run?.at ?? now);
    }
    if (next !== state) changed.push(next);
  }
  return changed;
}

/** The same without closing what somebody may be rebuilding now: releases that are in no state yet. */
export function recordReleases(states: States, released: readonly Released[], now: string): readonly ImageState[] {
  return released.flatMap((release) => {
    const state = states.get(release.id);
    if (state === undefined || knows(state, release) || openAttempt(state) !== undefined) return [];
    return [withRelease(state, release, now, "released by npm run up")];
  });
}

/** The states in which these rebuilds have begun. */
export function recordStarts(
  states: States,
  begun: readonly { readonly image: string; readonly cause: string; readonly on: readonly StandsOn[] }[],
  now: string,
): readonly ImageState[] {
  return begun.flatMap(({ image, cause, on }) => {
    const state = states.get(image);
    return state === undefined ? [] : [start(state, { cause, on, start: now })];
  });
}

/** Those ends that are ends of rebuilds which are open: an older run says nothing of them. */
export function endsOfOpen(states: States, ended: ReadonlyMap<string, Ended>): ReadonlyMap<string, Ended> {
  const own = [...ended].filter(([image, { at }]) => {
    const state = states.get(image);
    const attempt = state && openAttempt(state);
    return attempt !== undefined && attempt.start <= at;
  });
  return new Map(own);
}

function resultOf({ on = [] }: Attempt, state: ImageState, run: Ended | undefined): NonNullable<Attempt["result"]> {
  const isBuilt =
    state.builds?.some((build) => build.digest === state.adopted?.digest && isSame(build.on, on)) ?? false;
  if (isBuilt) return "succeeded";
  // Where the engine saw nothing to do, trying again would show nothing else.
  return run !== undefined && run.outcome !== "skipped" ? "failed" : "interrupted";
}

function openAttempt({ attempts }: ImageState): Attempt | undefined {
  const last = attempts.at(-1);
  return last?.end === undefined ? last : undefined;
}

function knows({ builds = [] }: ImageState, { build }: Released): boolean {
  return builds.some(
    ({ digest, source, on }) => digest === build.digest && source === build.source && isSame(on, build.on),
  );
}

function isSame(left: readonly StandsOn[], right: readonly StandsOn[]): boolean {
  return (
    left.length === right.length &&
    left.every(({ image, digest }, index) => right[index]?.image === image && right[index]?.digest === digest)
  );
}
