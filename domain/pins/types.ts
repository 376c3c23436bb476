import type { Platform } from "../catalogue/types.js";

/** What an external reference means now. */
export interface Pin {
  /** Normalised, without tag, e.g. `docker.io/library/nginx`. */
  readonly repository: string;
  readonly digest: string;
  /** What the digest offers, as seen when it was pinned. */
  readonly platforms: readonly Platform[];
}

/** Pins by normalised name with tag, as in `Dependency.name`. */
export type Pins = ReadonlyMap<string, Pin>;
