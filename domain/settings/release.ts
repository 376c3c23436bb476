import { z } from "zod";
import { addProblem } from "../yaml/check.js";

/** What made a run happen, and so what it may release: the setting `factory:release`. `docs/releases.md` explains each. */
export type ReleaseEvent =
  /** The rule of each image's `image.yaml`. */
  | { readonly kind: "channel" }
  /** A push to the main branch: `main@<full commit>`. */
  | { readonly kind: "main"; readonly commit: string }
  /** A version's tag was pushed: `v1.4.2`, `v2.0.0-rc.1`. */
  | { readonly kind: "version"; readonly version: string }
  /** Built and proved, and nothing is released. */
  | { readonly kind: "pull-request" }
  /** A person asked for one tag: `manual:<tag>`. */
  | { readonly kind: "manual"; readonly tag: string };

const commitPattern = /^main@([0-9a-f]{40}(?:[0-9a-f]{24})?)$/;
const versionPattern = /^v(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;
const manualPattern = /^manual:(\w[\w.-]{0,127})$/;

/** @returns undefined for text that is no event */
export function parseReleaseEvent(text: string): ReleaseEvent | undefined {
  if (text === "channel" || text === "pull-request") return { kind: text };
  const commit = commitPattern.exec(text)?.[1];
  if (commit !== undefined) return { kind: "main", commit };
  if (versionPattern.test(text) && text.length <= 128) return { kind: "version", version: text };
  const tag = manualPattern.exec(text)?.[1];
  return tag === undefined ? undefined : { kind: "manual", tag };
}

/** The text that `parseReleaseEvent` reads as this. */
export function formatReleaseEvent(event: ReleaseEvent): string {
  switch (event.kind) {
    case "main":
      return `main@${event.commit}`;
    case "version":
      return event.version;
    case "manual":
      return `manual:${event.tag}`;
    default:
      return event.kind;
  }
}

/** What a tag means that the factory sets itself, by how it starts or by its name; undefined for one that is free. */
export function reservedFor(tag: string): string | undefined {
  if (tag === "latest") return "the newest release";
  if (tag === "main" || tag.startsWith("main-")) return "a commit on the main branch";
  if (tag.startsWith("b-")) return "a build";
  if (tag.startsWith("c-")) return "a commit";
  if (tag.startsWith("r-")) return "the history of releases";
  if (tag.startsWith("sha256-")) return "what is attached to a digest";
  return /^v?\d/i.test(tag) ? "a version" : undefined;
}

export const releaseSchema = z
  .string()
  .meta({
    description: "what made this run happen",
    examples: ["channel", `main@${"0123456789".repeat(4)}`, "v1.4.2", "pull-request", "manual:load-test"],
  })
  .transform((text, context): ReleaseEvent => {
    const event = parseReleaseEvent(text);
    if (event === undefined) {
      const allowed = "channel, main@<full commit>, v<major>.<minor>.<patch>, pull-request, manual:<tag>";
      addProblem(context, `"${text}" is no event that releases.`, `Write one of: ${allowed}.`);
      return z.NEVER;
    }
    const meaning = event.kind === "manual" ? reservedFor(event.tag) : undefined;
    if (event.kind !== "manual" || meaning === undefined) return event;
    addProblem(
      context,
      `the tag "${event.tag}" is reserved for ${meaning}.`,
      'Choose a word, e.g. "manual:load-test".',
    );
    return z.NEVER;
  });
