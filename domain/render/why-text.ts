import type { Flaw, PackageChange, Part, PlatformWhy, WhyRecord } from "../why/types.js";

/** The why-record of a digest for people. */
export function renderWhy({ before, causes, digest, image, platforms, releasedAt }: WhyRecord): string {
  const lines = [
    `${image}@${digest}${releasedAt === undefined ? "" : `, released ${releasedAt}`}`,
    before === undefined ? "the first release that is known" : `before it: ${before}`,
    "",
    "why",
    ...causes.map((cause) => `  ${cause.image}: ${cause.reason}`),
    ...platforms.flatMap((platform) => platformLines(platform, before !== undefined)),
  ];
  return `${lines.join("\n")}\n`;
}

function platformLines({ base, flaws, own, platform }: PlatformWhy, isCompared: boolean): readonly string[] {
  return [
    "",
    platform,
    ...partLines("from its bases", base),
    ...partLines("its own", own),
    ...(!isCompared
      ? []
      : flaws.known
        ? [`  vulnerabilities fixed: ${names(flaws.fixed)}`, `  vulnerabilities new: ${names(flaws.new)}`]
        : ["  vulnerabilities: not known, for one of the two was not scanned"]),
  ];
}

function partLines(title: string, { changes, growth, layers, packages, size }: Part): readonly string[] {
  const more = growth === undefined ? "" : ` (${growth < 0 ? "-" : "+"}${megabytes(Math.abs(growth))})`;
  return [
    `  ${title}: ${megabytes(size)}${more} in ${layers} layers, ${packages} packages`,
    ...changes.map((change) => `    ${changeLine(change)}`),
  ];
}

function changeLine({ after, before, name }: PackageChange): string {
  if (before.length === 0) return `+ ${name} ${after.join(", ")}`;
  if (after.length === 0) return `- ${name} ${before.join(", ")}`;
  return `~ ${name} ${before.join(", ")} -> ${after.join(", ")}`;
}

function names(flaws: readonly Flaw[]): string {
  if (flaws.length === 0) return "none";
  return flaws.map((flaw) => `${flaw.id} (${flaw.severity}, ${flaw.package})`).join(", ");
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
