import { z } from "zod";
import { dateSchema } from "../catalogue/scalars.js";
import type { Checked, Place } from "../problems.js";
import { readYaml } from "../yaml/check.js";
import { placeOf } from "../yaml/document.js";

/** The file of exceptions, in the project's root. */
export const EXCEPTIONS_FILE = "scan-exceptions.yaml";

const text = (description: string, ...examples: string[]) => z.string().min(1).meta({ description, examples });
const names = (description: string, ...examples: string[]) =>
  z
    .array(text("a name", ...examples))
    .min(1)
    .meta({ description, examples: [examples] });

const exceptionSchema = z
  .strictObject({
    id: text("the vulnerability's id, or an alias of it", "CVE-2026-1234"),
    images: names("a list of image variants; default: all", "webhook-relay").exactOptional(),
    packages: names("a list of package names; default: all", "libssl3t64").exactOptional(),
    reason: text("why this may be released with it", "the affected function is not built"),
    owner: text("who answers for it", "platform"),
    expires: dateSchema,
  })
  .meta({ description: "a vulnerability that does not fail a scan, for a reason and until a day" });

/** `scan-exceptions.yaml`. */
export const exceptionsSchema = z
  .strictObject({
    exceptions: z.array(exceptionSchema).meta({ description: "a list of exceptions" }).default([]),
  })
  .meta({ title: EXCEPTIONS_FILE, description: "vulnerabilities that do not fail a scan" });

/** A vulnerability that may be released with, until a day. */
export interface ScanException {
  readonly id: string;
  /** Image variants it holds for; absent for all. */
  readonly images?: readonly string[];
  /** Packages it holds for; absent for all. */
  readonly packages?: readonly string[];
  readonly reason: string;
  readonly owner: string;
  /** `YYYY-MM-DD`, the last day on which it holds (UTC). */
  readonly expires: string;
  readonly place: Place;
}

export function parseExceptions(content: string): Checked<readonly ScanException[]> {
  const { data, document, problems } = readYaml(exceptionsSchema, EXCEPTIONS_FILE, content);
  const exceptions = data?.exceptions ?? [];
  return {
    value: exceptions.map((it, index) => ({ ...it, place: placeOf(document, ["exceptions", index]) })),
    problems,
  };
}

/** Whether an exception is about an image variant. */
export function concernsImage({ images }: ScanException, image: string): boolean {
  return images?.includes(image) ?? true;
}

export function isExpired({ expires }: ScanException, today: string): boolean {
  return today > expires;
}
