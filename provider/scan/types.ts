import type { SpdxDocument } from "../../domain/sbom/spdx.js";
import type { ScanSettings } from "../../domain/settings/scan.js";

/** One SBOM to scan. `key` is whatever the caller knows it by, e.g. the platform's digest. */
export interface SbomToScan {
  readonly key: string;
  readonly document: SpdxDocument;
}

export interface ScanRequest {
  readonly sboms: readonly SbomToScan[];
  readonly settings: ScanSettings;
  /** Absolute path of the project: a database that is a path is relative to it. */
  readonly root: string;
  /** Whether an image may go unscanned where there is no database: on a `local` stack only. */
  readonly development: boolean;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}
