/** What the loader found below the project's root; no more than what the catalogue is built from. */
export interface CatalogueFiles {
  readonly folders: readonly ImageFolder[];
  /** Text of `images.yaml`, where it exists. */
  readonly imagesYaml?: string;
}

/** A folder below `bases/` or `images/`. */
export interface ImageFolder {
  readonly kind: "base" | "application";
  readonly name: string;
  /** Names of what lies directly in it. */
  readonly entries: readonly string[];
  /** Text of `image.yaml`, where it exists. */
  readonly imageYaml?: string;
  /** The lock that counts: an overlay before the committed one. */
  readonly lock?: LockFile;
}

export interface LockFile {
  /** Relative to the root. */
  readonly file: string;
  readonly text: string;
  readonly overlay: boolean;
}

export const parentFolders = { base: "bases", application: "images" } as const;

/** `bases/python`. */
export function folderPath(folder: Pick<ImageFolder, "kind" | "name">): string {
  return `${parentFolders[folder.kind]}/${folder.name}`;
}
