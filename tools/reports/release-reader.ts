import type { Changelog } from "../../domain/changelog/types.js";
import type { Recall } from "../../domain/recall/types.js";
import type { RollbackEntry } from "../../domain/rollback/manifest.js";
import type { Rollback } from "../../domain/rollback/types.js";
import { verificationPolicyOf } from "../../domain/verification/policy.js";
import { makeChangelog } from "../../provider/changelog/make-changelog.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { rollbackEntry } from "../../provider/rollback/rollback-entry.js";
import { Verifier } from "../../provider/verify/verifier.js";
import type { Ended } from "./ended-run.js";

/** By what releases are judged. */
export interface Decisions {
  readonly recalls: readonly Recall[];
  readonly rollbacks: readonly Rollback[];
  /** Public keys (PEM) that count. */
  readonly keys: readonly string[];
  /** sha256 (hex) over all of them. */
  readonly hash: string;
}

/** What the registry says of a stack's releases. Both throw RegistryError. */
export interface ReleaseReader {
  /** @param now RFC 3339 */
  entry(image: string, digest: string, now: string): Promise<Omit<RollbackEntry, "command">>;
  /** @param at RFC 3339 */
  changelog(image: string, digest: string, at: string): Promise<Changelog | undefined>;
}

export function openReader(
  { root, settings, plan }: Ended,
  { recalls, rollbacks, keys }: Pick<Decisions, "recalls" | "rollbacks" | "keys">,
): ReleaseReader {
  const { insecureRegistry: insecure, registry, channel } = settings;
  const [host = ""] = registry.split("/");
  const context = {
    root,
    settings,
    registry,
    channel,
    client: new RegistryClient(registry, insecure),
    verifier: new Verifier({ registry: host, insecure, keys }),
    policy: verificationPolicyOf(settings, recalls),
    keys,
    rollbacks,
    directories: new Map(plan.images.map(({ id, node }) => [id, node.image.directory])),
    signal: new AbortController().signal,
  };
  return {
    entry: (image, digest, now) => rollbackEntry(context, image, digest, now),
    changelog: (image, digest, at) => makeChangelog(context, image, digest, at),
  };
}
