import type { VariantNode } from "../graph/types.js";
import type { Checked } from "../problems.js";
import { loadRecalls } from "../recall/load.js";
import { concernsImage, isExpired } from "../scan/exceptions.js";
import type { ImageScanRules } from "../scan/image-rules.js";
import { loadScanRules, type ScanRules } from "../scan/load-rules.js";
import type { Settings } from "../settings/types.js";
import { loadTestSuites } from "../tests/load.js";
import type { EvidencePlan, EvidenceSpec } from "./spec.js";

/**
 * Reads what image variants have to show before they are released: tests, rules for scans, recalls.
 *
 * @param today date `YYYY-MM-DD` (UTC)
 */
export async function loadEvidencePlan(
  root: string,
  settings: Pick<Settings, "development" | "scan">,
  nodes: readonly VariantNode[],
  today: string,
): Promise<Checked<EvidencePlan>> {
  const folders = new Map(nodes.map(({ image }) => [image.name, image]));
  const [suites, recalls, rules] = await Promise.all([
    loadTestSuites(root, nodes),
    loadRecalls(root),
    loadScanRules(root, [...folders.values()]),
  ]);
  const images = new Map<string, EvidenceSpec>();
  for (const node of nodes) {
    const tests = suites.value.get(node.id);
    if (tests !== undefined) images.set(node.id, { tests, scan: imageRules(node, settings, rules.value, today) });
  }
  return {
    value: { images, recalls: recalls.value },
    problems: [suites, recalls, rules].flatMap(({ problems }) => problems),
  };
}

function imageRules(
  { id, image }: VariantNode,
  { development, scan }: Pick<Settings, "development" | "scan">,
  rules: ScanRules,
  today: string,
): ImageScanRules {
  const { failOn, unfixed, scanners } = scan;
  const exceptions = rules.exceptions.filter((exception) => concernsImage(exception, id));
  return {
    settings: scan,
    policy: { failOn: image.scan?.failOn ?? failOn, unfixed: image.scan?.unfixed ?? unfixed, scanners },
    exceptions,
    expired: exceptions.filter((exception) => isExpired(exception, today)).map((exception) => exception.id),
    vex: rules.vex.filter(({ images }) => images?.includes(id) ?? true),
    development,
  };
}
