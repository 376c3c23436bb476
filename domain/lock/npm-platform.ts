import type { Platform } from "../catalogue/types.js";

/** What npm calls the parts of a platform (`process.platform`, `process.arch`; Debian's C library is glibc). */
export interface NpmPlatform {
  readonly os: string;
  readonly cpu: string;
  readonly libc: string;
}

/** The conditions that a package.json or a lockfile entry may have. */
export interface NpmConditions {
  readonly os?: string | readonly string[] | undefined;
  readonly cpu?: string | readonly string[] | undefined;
  readonly libc?: string | readonly string[] | undefined;
}

const cpus: Readonly<Record<string, string>> = { amd64: "x64", "386": "ia32", ppc64le: "ppc64" };

export function npmPlatform(platform: Platform): NpmPlatform {
  const [os = "", architecture = ""] = platform.split("/");
  return { os, cpu: cpus[architecture] ?? architecture, libc: "glibc" };
}

/** Whether npm would install such a package there. */
export function fits(conditions: NpmConditions, platform: NpmPlatform): boolean {
  return (
    allows(conditions.os, platform.os) && allows(conditions.cpu, platform.cpu) && allows(conditions.libc, platform.libc)
  );
}

/** npm's rule: nothing that `!` excludes, and one of the others if there are any; `any` alone is everything. */
function allows(condition: string | readonly string[] | undefined, value: string): boolean {
  const list = condition === undefined ? [] : typeof condition === "string" ? [condition] : condition;
  if (list.length === 1 && list[0] === "any") return true;
  if (list.includes(`!${value}`)) return false;
  const wanted = list.filter((item) => !item.startsWith("!"));
  return wanted.length === 0 || wanted.includes(value);
}
