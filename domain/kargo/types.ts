import type { Warehouse as WatchedRepository } from "../state/types.js";

/** An image that the factory only watches. */
export interface WatchedImage {
  /** As in its state: `docker.io/library/debian:12`. */
  readonly image: string;
  readonly repository: WatchedRepository;
}
