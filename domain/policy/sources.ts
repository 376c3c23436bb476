import { parseImageName, repositoryName } from "../dockerfile/image-name.js";
import type { Source } from "./facts.js";

/** The only digests that are allowed. */
export const SHA256 = /^sha256:[0-9a-f]{64}$/;

/** Whether BuildKit would clone this address (its own rule for `ADD` and for contexts). */
export function isGitSource(address: string): boolean {
  if (/^(?:git:\/\/|ssh:\/\/|github\.com\/|[\w-]+@[\w.-]+:)/.test(address)) return true;
  return /^https?:\/\/[^#?]+\.git(?:[#?]|$)/.test(address);
}

/** Whether BuildKit would fetch this address from somewhere else: a URL or a git repository. */
export function isRemoteSource(address: string): boolean {
  return /^https?:\/\//i.test(address) || isGitSource(address);
}

/** Whether a git address names a full commit hash, with or without a folder behind it. */
export function pinnedCommit(address: string): boolean {
  return (
    /#[0-9a-f]{40}(?:[0-9a-f]{24})?(?::|$)/.test(address) ||
    /[?&](?:commit|checksum)=[0-9a-f]{40}(?:&|#|$)/.test(address)
  );
}

/** `name[:tag]@sha256:...` as a source; undefined for a name without digest. */
export function pinnedSource(name: string): Source | undefined {
  const parsed = parseImageName(name);
  if (parsed?.digest === undefined || !SHA256.test(parsed.digest)) return undefined;
  return { kind: "digest", repository: repositoryName(parsed), digest: parsed.digest };
}
