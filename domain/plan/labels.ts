import type { VariantNode } from "../graph/types.js";
import type { Settings } from "../settings/types.js";
import type { Revision } from "./types.js";

const OCI = "org.opencontainers.image";

/**
 * Labels of an image, those that need its base's digest left out. Title and description may be replaced by the image's own
 * labels, what says where it comes from may not. There is no `created`: the image's own time is its commit's already.
 */
export function imageLabels(
  { id, image }: VariantNode,
  settings: Pick<Settings, "source">,
  revision: Revision,
  baseName: string | undefined,
): Readonly<Record<string, string>> {
  const labels: Record<string, string> = { [`${OCI}.title`]: id };
  if (image.description !== undefined) labels[`${OCI}.description`] = image.description;
  Object.assign(labels, image.labels);
  if (settings.source !== "") labels[`${OCI}.source`] = settings.source;
  if (revision.commit !== "") labels[`${OCI}.revision`] = revision.commit;
  if (baseName !== undefined) labels[`${OCI}.base.name`] = baseName;
  if (revision.dirty) labels["dev.image-factory.dirty"] = "true";
  return labels;
}
