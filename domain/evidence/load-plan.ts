import type { VariantNode } from "../graph/types.js";
import type { Checked } from "../problems.js";
import { loadRecalls } from "../recall/load.js";
import type { ImageScanRules } from "../scan/image-rules.js";
import type { Settings } from "../settings/types.js";
import { loadTestSuites } from "../tests/load.js";
import type { EvidencePlan, EvidenceSpec } from "./spec.js";

/** Reads what image variants have to show before they are released: tests, rules for scans, recalls. */
export async function loadEvidencePlan(
  root: string,
  settings: Pick<Settings, "development" | "scan">,
  nodes: readonly VariantNode[],
): Promise<Checked<EvidencePlan>> {
  const [suites, recalls] = await Promise.all([loadTestSuites(root, nodes), loadRecalls(root)]);
  const images = new Map<string, EvidenceSpec>();
  for (const node of nodes) {
    const tests = suites.value.get(node.id);
    if (tests !== undefined) images.set(node.id, { tests, scan: scanRules(node, settings) });
  }
  return { value: { images, recalls: recalls.value }, problems: [...suites.problems, ...recalls.problems] };
}

function scanRules(
  { image }: VariantNode,
  { development, scan }: Pick<Settings, "development" | "scan">,
): ImageScanRules {
  const { failOn, unfixed, scanners } = scan;
  return {
    settings: scan,
    policy: { failOn: image.scan?.failOn ?? failOn, unfixed: image.scan?.unfixed ?? unfixed, scanners },
    exceptions: [],
    vex: [],
    development,
  };
}
