import type { Recall } from "../recall/types.js";
import type { ImageScanRules } from "../scan/image-rules.js";
import type { TestSuite } from "../tests/types.js";

/** What an image variant has to show before it is released. Plain data. */
export interface EvidenceSpec {
  readonly tests: TestSuite;
  readonly scan: ImageScanRules;
}

/** The same for all images of a project, by id, and what holds for all of them. */
export interface EvidencePlan {
  readonly images: ReadonlyMap<string, EvidenceSpec>;
  readonly recalls: readonly Recall[];
}
