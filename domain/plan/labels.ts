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
  return {
    [`${OCI}.title`]: id,
    ...(image.description === undefined ? {} : { [`${OCI}.description`]: image.description }),
    ...image.labels,
    ...(settings.source === "" ? {} : { [`${OCI}.source`]: settings.source }),
    ...(revision.commit === "" ? {} : { [`${OCI}.revision`]: revision.commit }),
    ...(baseName === undefined ? {} : { [`${OCI}.base.name`]: baseName }),
    ...(revision.dirty ? { "dev.image-factory.dirty": "true" } : {}),
  };
}
