import { historyOf, nextHistoryTag } from "../../domain/release/history.js";
import type { RegistryClient } from "../registry/client.js";
import { tag } from "../registry/copy.js";

export interface HistoryEntry {
  readonly repository: string;
  readonly digest: string;
  readonly head: string;
  readonly existing: readonly string[];
}

/** Enters a release into the history of a tag; what the tag means now comes before it, where the history does not know that. */
export async function recordHistory(
  client: RegistryClient,
  { repository, digest, head, existing }: HistoryEntry,
  signal: AbortSignal,
): Promise<void> {
  const [newest] = historyOf(head, existing);
  const [current, known] = await Promise.all(
    [head, newest].map(async (name) =>
      name === undefined ? undefined : (await client.headManifest(repository, name, signal))?.digest,
    ),
  );
  const entries = [...(current === undefined || current === known ? [] : [current]), digest];
  let tags = existing;
  let last = known;
  for (const entry of entries) {
    if (entry === last) continue;
    const name = nextHistoryTag(head, tags, Date.now());
    await tag(client, repository, entry, name, signal);
    tags = [...tags, name];
    last = entry;
  }
}
