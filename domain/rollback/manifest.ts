/** What every image can go back to: `rollback-manifest.json`. */
export interface RollbackManifest {
  readonly schema: 1;
  /** Id of the run that wrote it. */
  readonly run: string;
  readonly stack: string;
  readonly registry: string;
  /** sha256 (hex) over the recalls, rollbacks and keys that it was made by: others, another manifest. */
  readonly decisions: string;
  readonly images: readonly RollbackEntry[];
  /** Takes all images back at once, or none; absent where none can go back. */
  readonly command?: string;
}

export interface RollbackEntry {
  /** Id of the image variant. */
  readonly image: string;
  /** What its moving tags mean. */
  readonly current: string;
  /** The last release before that can be verified; absent where there is none. */
  readonly previous?: string;
  /** RFC 3339: when `previous` was verified. */
  readonly verifiedAt?: string;
  readonly command?: string;
  /** Why there is no way back, in a sentence. */
  readonly reason?: string;
}

/** The commands are complete as they stand, and are typed at the project's root. */
export function rollbackManifest(
  about: Pick<RollbackManifest, "run" | "stack" | "registry" | "decisions">,
  found: readonly Omit<RollbackEntry, "command">[],
): RollbackManifest {
  const { stack } = about;
  const images = found.map((entry) => {
    if (entry.previous === undefined) return entry;
    return { ...entry, command: `npx factory rollback ${entry.image} --to ${entry.previous} --stack ${stack}` };
  });
  const able = images.flatMap(({ image, previous }) => (previous === undefined ? [] : [image]));
  const command = able.length === 0 ? {} : { command: `npx factory rollback ${able.join(" ")} --stack ${stack}` };
  return { schema: 1, ...about, images, ...command };
}
