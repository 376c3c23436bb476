import { hash } from "node:crypto";

/** Labels of Kubernetes are at most this long. */
const LONGEST = 63;

/**
 * Name of an image's Warehouse and Stage: what a person knows it by, and a part of a hash, so that it is the image's own whatever
 * others there are. `docker.io/library/debian:12` is `debian-12-` and eight digits.
 */
export function warehouseName(image: string): string {
  const suffix = hash("sha256", image).slice(0, 8);
  const readable = image
    .slice(image.lastIndexOf("/") + 1)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, LONGEST - suffix.length - 1)
    .replace(/^-+|-+$/g, "");
  return readable === "" ? `image-${suffix}` : `${readable}-${suffix}`;
}
