import type { LockSource } from "../lock/sources.js";
import type { Checked } from "../problems.js";
import type { MixinFolder } from "./mixin.js";

/** What the loader found below the project's root; no more than what the catalogue is built from. */
export interface CatalogueFiles {
  readonly folders: readonly ImageFolder[];
  readonly mixins: readonly MixinFolder[];
  /** What was read of each `packages.yaml` and its lock. */
  readonly locks: readonly Checked<LockSource | undefined>[];
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
}

export const parentFolders = { base: "bases", application: "images" } as const;

/** `bases/python`. */
export function folderPath(folder: Pick<ImageFolder, "kind" | "name">): string {
  return `${parentFolders[folder.kind]}/${folder.name}`;
}
