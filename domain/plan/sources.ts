/** What of an image's own files goes into its build. */
export interface ImageSource {
  /** The author's Dockerfile as it stands. */
  readonly dockerfile: string;
  /** Text of the allow-list, `<Dockerfile>.dockerignore`. */
  readonly ignore: string;
  /** sha256 (hex) over path, mode and content of everything that the allow-list keeps. */
  readonly contextHash: string;
  /** Everything that the allow-list keeps, directories included, relative to the context. */
  readonly contextPaths: readonly string[];
  /** `sha256:...` over all files of each mixin from which it copies, by the mixin's name. */
  readonly mixinHashes: ReadonlyMap<string, string>;
}

/** By id of the image variant. */
export type Sources = ReadonlyMap<string, ImageSource>;
