import { z } from "zod";
import { addProblem } from "../yaml/check.js";
import { aliases } from "../yaml/explain.js";
import { durationPattern, parseDuration, parseSize, sizePattern } from "./units.js";

/** The platforms that BuildKit and the OCI image specification name, those we can emulate first. */
export const knownPlatforms = [
  "linux/amd64",
  "linux/arm64",
  "linux/arm/v7",
  "linux/arm/v6",
  "linux/386",
  "linux/ppc64le",
  "linux/riscv64",
  "linux/s390x",
] as const;

const platformAliases: Readonly<Record<string, string>> = {
  ...aliasesFor("linux/amd64", ["amd64", "x86", "x64", "x86_64", "x86-64"]),
  ...aliasesFor("linux/arm64", ["arm64", "aarch64", "arm64v8", "arm64/v8", "armv8"]),
  ...aliasesFor("linux/arm/v7", ["arm", "arm32", "armhf", "armv7"]),
  ...aliasesFor("linux/386", ["i386", "i686"]),
};

function aliasesFor(platform: string, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.flatMap((name) => [name, `linux/${name}`].map((alias) => [alias, platform])));
}

export const platformSchema = z
  .enum(knownPlatforms)
  .register(aliases, platformAliases)
  .meta({ description: "a platform as os/architecture", examples: ["linux/amd64"] });

export const platformsSchema = uniqueList(platformSchema)
  .min(1)
  .meta({ description: "a list of platforms", examples: [["linux/amd64", "linux/arm64"]] });

/** A duration; milliseconds when parsed. */
export const durationSchema = z
  .string()
  .regex(durationPattern)
  .meta({ description: "a duration: numbers with w, d, h, m, s in this order", examples: ["7d", "12h", "1h30m"] })
  .transform((text) => parseDuration(text) ?? 0);

/** A size; bytes when parsed. */
export const sizeSchema = z
  .string()
  .regex(sizePattern)
  .meta({ description: "a size: a number with B, kB, MB, GB, KiB, MiB or GiB", examples: ["900MB", "1.5GiB"] })
  .transform((text) => parseSize(text) ?? 0);

/** A percentage; a share (`0.1` of `10%`) when parsed. */
export const percentageSchema = z
  .string()
  .regex(/^\d{1,4}(?:\.\d{1,2})?%$/)
  .meta({ description: "a percentage", examples: ["10%", "2.5%"] })
  .transform((text) => Number.parseFloat(text) / 100);

/** A calendar day that exists. */
export const dateSchema = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .meta({ description: "a date as year-month-day", examples: ["2027-06-30"] })
  .superRefine((text, context) => {
    const date = new Date(`${text}T00:00:00Z`);
    if (!Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)) return;
    addProblem(context, `there is no day ${text}.`, 'Write a date as year-month-day, e.g. "2027-06-30".');
  });

/** Text of a regular expression. */
export const patternSchema = z
  .string()
  .min(1)
  .meta({ description: "a regular expression", examples: ["^1\\.27\\.\\d+$"] })
  .superRefine((text, context) => {
    try {
      new RegExp(text);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      addProblem(context, `${reason}.`, "Correct the regular expression, e.g. '^1\\.27\\.\\d+$' (in single quotes).");
    }
  });

/** A list in which nothing may stand twice. */
export function uniqueList<T extends z.ZodType<string>>(item: T): z.ZodArray<T> {
  return z.array(item).superRefine((list, context) => {
    for (const [index, value] of list.entries()) {
      if (list.indexOf(value) === index) continue;
      addProblem(context, `"${value}" stands twice in the list.`, "Remove one of the two.", [index]);
    }
  });
}

export const digestSchema = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/)
  .meta({ description: "a digest: sha256: and 64 hexadecimal digits" });

export const timeSchema = z.iso.datetime().meta({ description: "a time in UTC", examples: ["2026-01-31T12:00:00Z"] });
