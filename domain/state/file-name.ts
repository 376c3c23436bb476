/**
 * Name of an image's state file: `python.yaml`, `docker.io+library+nginx@1.29.yaml`.
 * `+` and `@` occur in no name and no tag, so the way back is exact; `/` would nest folders and `:` is refused by some file systems.
 */
export function stateFileName(image: string): string {
  return `${image.replaceAll("/", "+").replaceAll(":", "@")}.yaml`;
}
