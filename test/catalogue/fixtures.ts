import type { CatalogueFiles, ImageFolder } from "../../domain/catalogue/files.js";
import { formatPlace, type Problem } from "../../domain/problems.js";

export const poolDigest = `sha256:${"a".repeat(64)}`;

type Extra = Partial<Omit<ImageFolder, "kind" | "name">>;

export function base(name: string, imageYaml?: string, extra: Extra = {}): ImageFolder {
  return folder("base", name, imageYaml, extra);
}

export function application(name: string, imageYaml?: string, extra: Extra = {}): ImageFolder {
  return folder("application", name, imageYaml, extra);
}

function folder(kind: ImageFolder["kind"], name: string, imageYaml: string | undefined, extra: Extra): ImageFolder {
  const entries = imageYaml === undefined ? ["Dockerfile"] : ["Dockerfile", "image.yaml"];
  return { kind, name, entries, ...(imageYaml === undefined ? {} : { imageYaml }), ...extra };
}

export function files(folders: readonly ImageFolder[], imagesYaml?: string): CatalogueFiles {
  return { folders, mixins: [], locks: [], ...(imagesYaml === undefined ? {} : { imagesYaml }) };
}

/** A problem in one line, as the tables below have it. */
export function line({ place, message, remedy }: Problem): string {
  return `${formatPlace(place)}: ${message} | ${remedy}`;
}
