import type { ScanSettings } from "../settings/scan.js";
import type { ScanException } from "./exceptions.js";
import type { ScanPolicy } from "./judgement.js";
import type { VexStatement } from "./vex.js";

/** How one image variant is scanned and judged. Plain data. */
export interface ImageScanRules {
  readonly settings: ScanSettings;
  readonly policy: ScanPolicy;
  /** Those that are about this image. */
  readonly exceptions: readonly ScanException[];
  /** Ids of exceptions that hold no longer: the day on which one ends is a change. */
  readonly expired: readonly string[];
  readonly vex: readonly VexStatement[];
  /** Whether it may go unscanned where there is no database: on a local stack only. */
  readonly development: boolean;
}
