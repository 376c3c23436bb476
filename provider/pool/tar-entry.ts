/** One entry of a pool image's layer. Paths have no leading `./` or `/` and no trailing `/`. */
export interface TarEntry {
  readonly path: string;
  readonly type: "file" | "directory" | "symlink" | "hardlink";
  /** Permission bits, e.g. 0o755. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970, as packaged; never the time of composing. */
  readonly mtime: number;
  /** Where a symbolic link points, as written; for a hard link, the `path` of an entry before it in the same layer. */
  readonly linkTarget?: string;
  /** Bytes of a file: in memory, or a file on this machine that is streamed (for large payloads). */
  readonly content?: Uint8Array | { readonly file: string; readonly size: number };
}
