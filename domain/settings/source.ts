/** What labels say as source where the repository has no public address. */
export const unknownSource = "https://factory.invalid/source";

/**
 * The address of a git remote as a label may show it: without user and password, and as https for the short ssh form.
 * A path on this machine says nothing to others and would differ on every machine: it counts as unknown.
 */
export function publicAddress(remote: string): string {
  const short = /^(?:[\w.-]+@)?([\w.-]+\.[a-z]+):(?!\/\/)(.+)$/.exec(remote);
  if (short !== null) return `https://${short[1]}/${withoutSuffix(short[2] ?? "")}`;
  if (!URL.canParse(remote)) return unknownSource;
  const { protocol, host, hostname, pathname } = new URL(remote);
  if (host === "" || !["http:", "https:", "ssh:", "git:"].includes(protocol)) return unknownSource;
  if (protocol === "http:" || protocol === "https:") return `${protocol}//${host}${withoutSuffix(pathname)}`;
  return `https://${hostname}${withoutSuffix(pathname)}`;
}

function withoutSuffix(path: string): string {
  return path.replace(/\/+$/, "").replace(/\.git$/, "");
}
