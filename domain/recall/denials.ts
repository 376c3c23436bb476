import { z } from "zod";
import type { ImageState } from "../state/types.js";
import { bannedBy } from "./lineage.js";
import type { Recall } from "./types.js";

/** A digest that nothing may run or be built on, and why. */
export interface Denial {
  readonly digest: string;
  /** What it is, for people. */
  readonly image: string;
  /** The recalled digest that it is, or goes back to. */
  readonly recalled: string;
  readonly reason: string;
}

const digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/)
  .meta({ description: "a digest: sha256: and 64 hexadecimal digits" });
const text = z.string().min(1).meta({ description: "some text" });

/** `denials.yaml`, at the root. */
export const denialsSchema = z.strictObject({
  denials: z
    .array(z.strictObject({ digest, image: text, recalled: digest, reason: text }) satisfies z.ZodType<Denial>)
    .meta({ description: "a list of denied digests" })
    .default([]),
});

/** All that is recalled, itself or by lineage; sorted by image and digest. */
export function denialsOf(recalls: readonly Recall[], states: Iterable<ImageState>): readonly Denial[] {
  const lines = new Map(recalls.map((recall) => [recall.digest, recall]));
  const names = new Map<string, string>();
  const builds = [...states].flatMap((state) => {
    for (const { digest: own } of state.builds ?? []) names.set(own, state.image);
    return state.builds ?? [];
  });
  return [...bannedBy(lines.keys(), builds)]
    .map(([own, recalled]): Denial => {
      const line = lines.get(recalled);
      const image = lines.get(own)?.image ?? names.get(own) ?? "";
      return { digest: own, image, recalled, reason: line?.reason ?? "" };
    })
    .sort((left, right) => compare(left.image, right.image) || compare(left.digest, right.digest));
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left === right ? 0 : 1;
}
