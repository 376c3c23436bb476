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
 * @param count how many at most; each costs a request
 */
export async function readHistory(
  client: RegistryClient,
  repository: string,
  channel: string,
  count = Number.POSITIVE_INFINITY,
): Promise<readonly HistoryRelease[]> {
  const existing = await client.listTags(repository);
  const tags = historyOf(headOf(existing, channel), existing).slice(0, count);
  const read = tags.map(async (tag) => {
    const digest = (await client.headManifest(repository, tag))?.digest;
    return digest === undefined ? [] : [{ digest, at: parseHistoryTag(tag)?.time ?? 0 }];
  });
  return (await Promise.all(read)).flat();
}
