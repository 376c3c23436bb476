/** The time, and a bell. Whoever decides is given one, so that a test need not wait for days. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `ring` once, at that time or later. @returns how to call it off */
  ringAt(time: number, ring: () => void): () => void;
}

/** Timers of longer than this ring at once. */
const LONGEST_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: Date.now,
  ringAt(time, ring) {
    // It may ring early: whoever is woken looks at the clock himself.
    const timer = setTimeout(ring, Math.min(Math.max(0, time - Date.now()), LONGEST_MS));
    return () => clearTimeout(timer);
  },
};
