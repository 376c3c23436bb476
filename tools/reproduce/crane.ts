/** How crane is called. */
export interface CraneOptions {
  /** Path of the program. */
  readonly crane: string;
  /** Registries spoken to without TLS; loopback addresses are anyway. */
  readonly insecure: readonly string[];
}

/** The flags with which crane reads an image: plain HTTP where its registry is named for it. */
export function readingFlags(reference: string, { insecure }: CraneOptions): readonly string[] {
  return insecure.some((registry) => reference.startsWith(`${registry}/`)) ? ["--insecure"] : [];
}
