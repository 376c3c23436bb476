import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { dump } from "js-yaml";
import type { PromotedRelease } from "./types.js";

const MARKER =
  "# Written by `factory promote` and `factory rollback`; review it as a pull request. docs/promotion.md explains it.\n";

/** In the order of names, with the keys of each entry in the order in which they are explained: the same entries, the same bytes. */
export function renderPromotions(releases: readonly PromotedRelease[]): string {
  const sorted = [...releases].sort((left, right) => (left.image < right.image ? -1 : 1)).map(ordered);
  return MARKER + dump({ releases: sorted }, { lineWidth: -1, noRefs: true });
}

/** Writes the file so that a reader, or a crash, sees the old text or the new one. */
export async function writePromotions(root: string, file: string, releases: readonly PromotedRelease[]): Promise<void> {
  const path = join(root, file);
  const temporary = `${path}.${process.pid}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(temporary, renderPromotions(releases), { flag: "wx" });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function ordered(release: PromotedRelease): PromotedRelease {
  const { image, repository, digest, platforms, buildId, version, revision, stack, builder, key, promoted } = release;
  const { rolledBack } = release;
  return {
    image,
    repository,
    digest,
    platforms,
    buildId,
    ...(version === undefined ? {} : { version }),
    revision,
    stack,
    builder,
    key,
    promoted,
    ...(rolledBack === undefined ? {} : { rolledBack }),
  };
}
