import type { Dockerfile } from "../dockerfile/types.js";
import type { Pins } from "../pins/types.js";
import type { ImageSource } from "./sources.js";
import type { GeneratedDockerfile } from "./types.js";

/** Folder of the generated Dockerfiles, relative to the root; one folder an image variant. */
export const GENERATED_DOCKERFILES = ".factory/dockerfiles";

/** The author's Dockerfile with its frontend pinned, line for line the same otherwise, and its allow-list. */
export function generateDockerfile(
  id: string,
  dockerfile: Dockerfile,
  source: ImageSource,
  pins: Pins,
): GeneratedDockerfile {
  const path = `${GENERATED_DOCKERFILES}/${id}/Dockerfile`;
  return { path, text: withPinnedSyntax(dockerfile, source.dockerfile, pins), ignore: source.ignore };
}

/** The only name that `context.named` cannot replace is the frontend's: it is read before there is a frontend. */
function withPinnedSyntax({ references }: Dockerfile, text: string, pins: Pins): string {
  const syntax = references.find(({ instruction }) => instruction === "SYNTAX");
  if (syntax?.resolution.kind !== "image") return text;
  const pin = pins.get(syntax.resolution.name);
  if (pin === undefined) return text; // resolvePins has reported it.
  const lines = text.split("\n");
  const index = syntax.place.line - 1;
  lines[index] = (lines[index] ?? "").replace(syntax.written, () => `${pin.repository}@${pin.digest}`);
  return lines.join("\n");
}
