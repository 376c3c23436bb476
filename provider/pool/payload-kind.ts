import type { Platform } from "../../domain/catalogue/types.js";
import type { Payload } from "../../domain/lock/types.js";
import type { TarEntry } from "./tar-entry.js";

/** A payload whose bytes lie in the cache, verified. */
export interface CachedPayload<P extends Payload = Payload> {
  readonly payload: P;
  /** Absolute path of the file in the cache. */
  readonly file: string;
}

/** One layer of a pool image. `entries` may be called more than once and gives the same entries each time. */
export interface LayerSource {
  /** What the layer holds, e.g. `libc6 2.41-12`; becomes the layer's history line, so it is part of the digest. */
  readonly title: string;
  entries(): AsyncIterable<TarEntry> | Iterable<TarEntry>;
}

/** How one kind of payload is had and what it becomes in a pool image. Registered in `kinds.ts`. */
export interface PayloadKind<P extends Payload = Payload> {
  readonly kind: P["kind"];
  /**
   * Writes the payload's bytes to the file `destination`, from where the kind's own client configuration says.
   * The caller verifies size and sha256 and retries nothing.
   * @throws PayloadGoneError where the source answered that it does not have it (any more); other errors as they come.
   */
  download(payload: P, destination: string, signal?: AbortSignal): Promise<void>;
  /** The layers of one platform, in order. Deterministic: a function of the payloads' bytes and order alone. */
  layers(payloads: readonly CachedPayload<P>[], platform: Platform): readonly LayerSource[];
}

/** The source of a payload does not have it (any more). */
export class PayloadGoneError extends Error {
  override readonly name = "PayloadGoneError";

  constructor(
    readonly payload: Payload,
    /** Where it was asked for, e.g. a path below the mirror's root. */
    readonly asked: string,
  ) {
    super(
      `${payload.name} ${payload.version} (sha256 ${payload.sha256}) is gone: its source has no ${asked} any more.`,
    );
  }
}
