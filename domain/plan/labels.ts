import type { VariantNode } from "../graph/types.js";
import type { Settings } from "../settings/types.js";
import type { Revision } from "./types.js";

const TITLE = "org.opencontainers.image.title";
const DESCRIPTION = "org.opencontainers.image.description";
const SOURCE = "org.opencontainers.image.source";
const REVISION = "org.opencontainers.image.revision";
const CREATED = "org.opencontainers.image.created";
const VERSION = "org.opencontainers.image.version";
const BASE_NAME = "org.opencontainers.image.base.name";
const DIRTY = "dev.image-factory.dirty";

/**
 * Labels of an image, those that need its base's digest left out. Title and description may be replaced by the image's own
 * labels and those of its mixins, what says where it comes from may not. `created` is the commit's time; the image's own time is a fixed one. Ours
 * are in the order of their names, as buildIds take them.
 */
export function imageLabels(
  { id, image, mixins }: VariantNode,
  settings: Pick<Settings, "source">,
  revision: Revision,
  baseName: string | undefined,
): Readonly<Record<string, string>> {
  const given: Readonly<Record<string, string>> =
    mixins.length === 0 ? image.labels : Object.assign({}, ...mixins.map((mixin) => mixin.labels), image.labels);
  const labels: Record<string, string> = { ...given };
  if (revision.dirty) labels[DIRTY] = "true";
  if (baseName !== undefined) labels[BASE_NAME] = baseName;
  if (revision.commit !== "") labels[CREATED] = timeOf(revision.epoch);
  const description = given[DESCRIPTION] ?? image.description;
  if (description !== undefined) labels[DESCRIPTION] = description;
  if (revision.commit !== "") labels[REVISION] = revision.commit;
  if (settings.source !== "") labels[SOURCE] = settings.source;
  labels[TITLE] = given[TITLE] ?? id;
  if (image.tags.semver !== undefined) labels[VERSION] = image.tags.semver;
  return labels;
}

const days = new Map<number, string>();

/** `2026-11-21T09:08:07Z`. A calendar costs as much as half a buildId, and a fleet's commits lie on few days: one date for each. */
function timeOf(epoch: number): string {
  const second = epoch % 86_400;
  const day = epoch - second;
  let date = days.get(day);
  if (date === undefined) {
    date = new Date(day * 1000).toISOString().slice(0, 11);
    days.set(day, date);
  }
  return `${date}${two(second / 3600)}:${two((second / 60) % 60)}:${two(second % 60)}Z`;
}

function two(value: number): string {
  return value < 10 ? `0${Math.floor(value)}` : `${Math.floor(value)}`;
}
