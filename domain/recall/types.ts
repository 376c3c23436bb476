/** A digest that nothing may consume any more, neither itself nor what was built on it. */
export interface Recall {
  /** Of an index, a platform's manifest or a pool image: `sha256:...`. */
  readonly digest: string;
  /** What it is, for people, e.g. `python`. */
  readonly image: string;
  /** Why, in a sentence. */
  readonly reason: string;
  /** Who decided it. */
  readonly by: string;
  /** Since when, `YYYY-MM-DD`. */
  readonly date: string;
}
