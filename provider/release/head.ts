import { historyOf } from "../../domain/release/history.js";

/** The tag whose history tells the order of releases: the stack's channel, or `latest` where events decide the tags. */
export function headOf(existing: readonly string[], channel: string): string {
  if (historyOf(channel, existing).length > 0) return channel;
  if (historyOf("latest", existing).length > 0) return "latest";
  return existing.includes(channel) ? channel : "latest";
}
