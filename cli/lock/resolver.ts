import type { Platform } from "../../domain/catalogue/types.js";
import type { PackagesLock, PackagesRequest, Payload } from "../../domain/lock/types.js";
import type { YamlDocument } from "../../domain/yaml/document.js";
import type { PayloadCache } from "../../provider/pool/payload-cache.js";

/** What a resolver is given. */
export interface ResolveContext {
  /** Absolute path of the project's root. */
  readonly root: string;
  /** `packages.yaml`, relative to the root. */
  readonly file: string;
  readonly request: PackagesRequest;
  /** The request with its lines: `placeOf(document, ["debian", "packages", 0])`. */
  readonly document: YamlDocument;
  readonly platforms: readonly Platform[];
  /** The locks that `extends` leads to, nearest first; what they hold counts as installed. */
  readonly parents: readonly PackagesLock[];
  /** A resolver that downloads anyway puts the file here (`cache.add(file)`), so that nothing is fetched twice. */
  readonly cache: PayloadCache;
  /** A folder of this run, shared by all locks of it and removed at its end. */
  readonly scratch: string;
  /** Says what is going on, one short line. */
  readonly progress: (line: string) => void;
}

/**
 * Turns one part of `packages.yaml` into exact payloads for every platform. Registered in `resolvers.ts`.
 * @throws ProblemsError with the line of `packages.yaml` for what cannot be resolved.
 */
export interface Resolver {
  readonly kind: Payload["kind"];
  /** Whether the request has something for this resolver. */
  wants(request: PackagesRequest): boolean;
  resolve(context: ResolveContext): Promise<Readonly<Record<Platform, readonly Payload[]>>>;
}
