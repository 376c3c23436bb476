import type { Platform } from "../../domain/catalogue/types.js";

/** glibc of Debian 13, on which the golden bases stand. */
const newestGlibcMinor = 41;

const machines: Readonly<Record<string, { readonly machine: string; readonly oldestGlibcMinor: number }>> = {
  amd64: { machine: "x86_64", oldestGlibcMinor: 5 },
  arm64: { machine: "aarch64", oldestGlibcMinor: 17 },
};

/** The manylinux names before PEP 600, by the glibc that they stand for. */
const legacy: Readonly<Record<number, string>> = { 17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1" };

/** `platform_machine` of Python's environment markers. */
export function wheelMachine(platform: Platform): string {
  return known(platform).machine;
}

/** Platform tags of the wheels that run there, best first (PEP 600), for pip's `--platform`. */
export function wheelPlatformTags(platform: Platform): readonly string[] {
  const { machine, oldestGlibcMinor } = known(platform);
  const tags: string[] = [];
  for (let minor = newestGlibcMinor; minor >= oldestGlibcMinor; minor--) {
    tags.push(`manylinux_2_${minor}_${machine}`);
    const alias = legacy[minor];
    if (alias !== undefined) tags.push(`${alias}_${machine}`);
  }
  return [...tags, `linux_${machine}`];
}

function known(platform: Platform): { readonly machine: string; readonly oldestGlibcMinor: number } {
  const found = platform.startsWith("linux/") ? machines[platform.slice("linux/".length)] : undefined;
  if (found !== undefined) return found;
  throw new Error(
    `wheels are locked for ${Object.keys(machines)
      .map((name) => `linux/${name}`)
      .join(", ")}, not for ${platform}`,
  );
}
