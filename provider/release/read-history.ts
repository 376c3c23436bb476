import { historyOf, parseHistoryTag } from "../../domain/release/history.js";
import type { RegistryClient } from "../registry/client.js";
import { headOf } from "./head.js";

/** One move of the tag that tells the order of an image's releases. */
export interface HistoryRelease {
  readonly digest: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * The releases of an image, newest first.
 *
 * @param since milliseconds since 1970: older ones are not asked for
 */
export async function readHistory(
  client: RegistryClient,
  repository: string,
  channel: string,
  since = Number.NEGATIVE_INFINITY,
): Promise<readonly HistoryRelease[]> {
  const existing = await client.listTags(repository);
  const tags = historyOf(headOf(existing, channel), existing).flatMap((tag) => {
    const at = parseHistoryTag(tag)?.time ?? 0;
    return at < since ? [] : [{ tag, at }];
  });
  const read = tags.map(async ({ tag, at }) => {
    const digest = (await client.headManifest(repository, tag))?.digest;
    return digest === undefined ? [] : [{ digest, at }];
  });
  return (await Promise.all(read)).flat();
}
